  ;; What a connector imports, in the words of the canonical ABI.
  (import "sgi:connector/settings@0.1.0" "get" (func $get-settings (param i32)))
  (import "sgi:connector/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (import "sgi:connector/secrets@0.1.0" "captured" (func $captured (param i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-output (param i32)))
  (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[resource-drop]fields" (func $drop-fields (param i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-method" (func $set-method (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query" (func $set-path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme" (func $set-scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority" (func $set-authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.body" (func $request-body (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $body-stream (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe" (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get" (func $answer (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-response.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $answer-stream (param i32 i32)))

  ;; Below 1024: what imports answer (256: the settings, 512: the ticket, 768: all else).
  ;; From 1024 the manifest, from 4096 texts of the attack, from 65536 what is allocated.
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 65536))
  (global $headers (mut i32) (i32.const 0))
  ;; 0: http, 1: https.
  (global $scheme (mut i32) (i32.const 0))

  (func $realloc (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))))
          (then (unreachable)))))
    (local.get $at))

  ;; A handle for a request to the host whose address this is (a 0 for the length of a body: none).
  (func $begin (param $method i32) (param $host i32) (param $host-len i32) (param $path i32) (param $path-len i32) (result i32)
    (local $request i32)
    (if (i32.eqz (global.get $headers)) (then (global.set $headers (call $fields))))
    (local.set $request (call $request (global.get $headers)))
    (global.set $headers (i32.const 0))
    (drop (call $set-method (local.get $request) (local.get $method) (i32.const 0) (i32.const 0)))
    (drop (call $set-scheme (local.get $request) (i32.const 1) (global.get $scheme) (i32.const 0) (i32.const 0)))
    (drop (call $set-authority (local.get $request) (i32.const 1) (local.get $host) (local.get $host-len)))
    (drop (call $set-path (local.get $request) (i32.const 1) (local.get $path) (local.get $path-len)))
    (local.get $request))

  ;; Sends what was begun; the future answer, or -1.
  (func $go (param $request i32) (result i32)
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 768))
    (if (result i32) (i32.load8_u (i32.const 768))
      (then (i32.const -1))
      (else (i32.load (i32.const 776)))))

  ;; Waits for an answer: its handle, or -1.
  (func $wait (param $future i32) (result i32)
    (if (i32.eq (local.get $future) (i32.const -1)) (then (return (i32.const -1))))
    (call $block (call $subscribe (local.get $future)))
    (call $answer (local.get $future) (i32.const 768))
    (if (result i32) (i32.load8_u (i32.const 784))
      (then (i32.const -1))
      (else (i32.load (i32.const 792)))))

  ;; Opens the body of a request: its handle; that of its stream stands at 776.
  (func $open-body (param $request i32) (result i32)
    (local $out i32)
    (call $request-body (local.get $request) (i32.const 768))
    (local.set $out (i32.load (i32.const 772)))
    (call $body-stream (local.get $out) (i32.const 768))
    (i32.store (i32.const 776) (i32.load (i32.const 772)))
    (local.get $out))

  ;; Writes a body in pieces that the host takes, and ends it.
  (func $fill (param $out i32) (param $stream i32) (param $body i32) (param $len i32)
    (local $piece i32)
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $len)))
        (local.set $piece (i32.const 4096))
        (if (i32.lt_u (local.get $len) (local.get $piece)) (then (local.set $piece (local.get $len))))
        (call $write (local.get $stream) (local.get $body) (local.get $piece) (i32.const 768))
        (br_if $done (i32.load8_u (i32.const 768)))
        (local.set $body (i32.add (local.get $body) (local.get $piece)))
        (local.set $len (i32.sub (local.get $len) (local.get $piece)))
        (br $more)))
    (call $drop-output (local.get $stream))
    (call $finish (local.get $out) (i32.const 0) (i32.const 0) (i32.const 832)))

  ;; A request with its answer.
  (func $send (param $method i32) (param $host i32) (param $host-len i32) (param $path i32) (param $path-len i32) (param $body i32) (param $len i32) (result i32)
    (local $request i32) (local $out i32) (local $stream i32)
    (local.set $request (call $begin (local.get $method) (local.get $host) (local.get $host-len) (local.get $path) (local.get $path-len)))
    (if (i32.eqz (local.get $len)) (then (return (call $wait (call $go (local.get $request))))))
    (local.set $out (call $open-body (local.get $request)))
    (local.set $stream (i32.load (i32.const 776)))
    (local.set $request (call $go (local.get $request)))
    (call $fill (local.get $out) (local.get $stream) (local.get $body) (local.get $len))
    (call $wait (local.get $request)))

  ;; Reads the first 64 KiB of an answer: where they are; their number stands at 776.
  (func $text-of (param $answer i32) (result i32)
    (i32.store (i32.const 776) (i32.const 0))
    (if (i32.eq (local.get $answer) (i32.const -1)) (then (return (i32.const 0))))
    (call $consume (local.get $answer) (i32.const 768))
    (call $answer-stream (i32.load (i32.const 772)) (i32.const 768))
    (call $read (i32.load (i32.const 772)) (i64.const 65536) (i32.const 768))
    (if (i32.load8_u (i32.const 768))
      (then (i32.store (i32.const 776) (i32.const 0)) (return (i32.const 0))))
    (i32.load (i32.const 772)))

  (func $header (param $name i32) (param $name-len i32) (param $value i32) (param $len i32)
    (if (i32.eqz (global.get $headers)) (then (global.set $headers (call $fields))))
    (call $append (global.get $headers) (local.get $name) (local.get $name-len) (local.get $value) (local.get $len) (i32.const 768)))

  ;; Two texts, one after the other: where; the length is the sum.
  (func $join (param $a i32) (param $a-len i32) (param $b i32) (param $b-len i32) (result i32)
    (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.add (local.get $a-len) (local.get $b-len))))
    (memory.copy (local.get $at) (local.get $a) (local.get $a-len))
    (memory.copy (i32.add (local.get $at) (local.get $a-len)) (local.get $b) (local.get $b-len))
    (local.get $at))

  (func $password (result i32) (i32.load (i32.const 280)))
  (func $password-len (result i32) (i32.load (i32.const 284)))

  ;; An honest ticket: all zero but for its link.
  (func $ticket (result i32)
    (i32.store (i32.const 696) (i32.load (i32.const 264)))
    (i32.store (i32.const 700) (i32.load (i32.const 268)))
    (i32.const 512))
  (func $subject (param i32 i32)
    (i32.store (i32.const 536) (local.get 0))
    (i32.store (i32.const 540) (local.get 1)))
  (func $link (param i32 i32)
    (i32.store (i32.const 264) (local.get 0))
    (i32.store (i32.const 268) (local.get 1)))
