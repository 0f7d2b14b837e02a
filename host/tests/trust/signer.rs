//! Signs as minisign does. The program's own tests take this file, too.
//!
//! The crates that do it, and those that hash so, ask for features of others that the engine is made of:
//! cargo would build it once more for the tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};

pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    number: [u8; 8],
}

impl Signer {
    pub(crate) fn new() -> Self {
        let (mut seed, mut number) = ([0; 32], [0; 8]);
        let random = SystemRandom::new();
        random.fill(&mut seed).unwrap();
        random.fill(&mut number).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        Self { pair, number }
    }

    /// `RW…`
    pub(crate) fn key(&self) -> String {
        let public = self.pair.public_key().as_ref();
        STANDARD.encode([b"Ed", self.number.as_slice(), public].concat())
    }

    /// What `minisign -Sm FILE` writes beside the file.
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        let hash = blake2b(bytes);
        self.signature(b"ED", &hash, "timestamp:1750000000\tfile:x\thashed")
    }

    /// With another trusted comment.
    #[allow(dead_code, reason = "not every test that takes this file needs it")]
    pub(crate) fn sign_commented(&self, bytes: &[u8], comment: &str) -> String {
        self.signature(b"ED", &blake2b(bytes), comment)
    }

    /// As minisign did before it hashed.
    #[allow(dead_code, reason = "not every test that takes this file needs it")]
    pub(crate) fn sign_in_the_old_form(&self, bytes: &[u8]) -> String {
        self.signature(b"Ed", bytes, "timestamp:1550000000\tfile:x")
    }

    fn signature(&self, form: &[u8], message: &[u8], comment: &str) -> String {
        let signature = self.pair.sign(message);
        let line = STANDARD.encode([form, &self.number, signature.as_ref()].concat());
        let both = self
            .pair
            .sign(&[signature.as_ref(), comment.as_bytes()].concat());
        format!(
            "untrusted comment: signature from minisign secret key\n{line}\ntrusted comment: \
             {comment}\n{}\n",
            STANDARD.encode(both)
        )
    }
}

/// BLAKE2b with 64 bytes and no key (RFC 7693).
fn blake2b(bytes: &[u8]) -> [u8; 64] {
    const START: [u64; 8] = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    let mut state = START;
    state[0] ^= 0x0101_0040;
    let mut done: u128 = 0;
    let blocks = bytes.len().div_ceil(128).max(1);
    for number in 0..blocks {
        let block = &bytes[number * 128..bytes.len().min(number * 128 + 128)];
        done += block.len() as u128;
        let mut words = [0; 16];
        for (at, byte) in block.iter().enumerate() {
            words[at / 8] |= u64::from(*byte) << (8 * (at % 8));
        }
        compress(&mut state, &words, &START, done, number + 1 == blocks);
    }
    let mut hash = [0; 64];
    for (part, word) in hash.chunks_mut(8).zip(state) {
        part.copy_from_slice(&word.to_le_bytes());
    }
    hash
}

fn compress(state: &mut [u64; 8], words: &[u64; 16], start: &[u64; 8], done: u128, last: bool) {
    const ORDER: [&[u8; 16]; 10] = [
        b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
        b"\x0e\x0a\x04\x08\x09\x0f\x0d\x06\x01\x0c\x00\x02\x0b\x07\x05\x03",
        b"\x0b\x08\x0c\x00\x05\x02\x0f\x0d\x0a\x0e\x03\x06\x07\x01\x09\x04",
        b"\x07\x09\x03\x01\x0d\x0c\x0b\x0e\x02\x06\x05\x0a\x04\x00\x0f\x08",
        b"\x09\x00\x05\x07\x02\x04\x0a\x0f\x0e\x01\x0b\x0c\x06\x08\x03\x0d",
        b"\x02\x0c\x06\x0a\x00\x0b\x08\x03\x04\x0d\x07\x05\x0f\x0e\x01\x09",
        b"\x0c\x05\x01\x0f\x0e\x0d\x04\x0a\x00\x07\x06\x03\x09\x02\x08\x0b",
        b"\x0d\x0b\x07\x0e\x0c\x01\x03\x09\x05\x00\x0f\x04\x08\x06\x02\x0a",
        b"\x06\x0f\x0e\x09\x0b\x03\x00\x08\x0c\x02\x0d\x07\x01\x04\x0a\x05",
        b"\x0a\x02\x08\x04\x07\x06\x01\x05\x0f\x0b\x09\x0e\x03\x0c\x0d\x00",
    ];
    let mut v = [0; 16];
    v[..8].copy_from_slice(state);
    v[8..].copy_from_slice(start);
    v[12] ^= done as u64;
    v[13] ^= (done >> 64) as u64;
    if last {
        v[14] = !v[14];
    }
    let mut mix = |at: [usize; 4], x: u64, y: u64| {
        let [a, b, c, d] = at;
        for (word, turn, back) in [(x, 32, 24), (y, 16, 63)] {
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(word);
            v[d] = (v[d] ^ v[a]).rotate_right(turn);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(back);
        }
    };
    for round in 0..12 {
        let order = ORDER[round % 10];
        for step in 0..8 {
            let (row, side) = (step % 4, step / 4);
            let at = [0, 1, 2, 3].map(|line| 4 * line + (row + side * line) % 4);
            let word = |n: usize| words[usize::from(order[2 * step + n])];
            mix(at, word(0), word(1));
        }
    }
    for (at, word) in state.iter_mut().enumerate() {
        *word ^= v[at] ^ v[at + 8];
    }
}
