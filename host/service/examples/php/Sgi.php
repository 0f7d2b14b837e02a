<?php

declare(strict_types=1);

/**
 * The tickets of an object, for a page that a CMDB makes with PHP.
 *
 * Whatever happens to the service or to a desk, the page goes on: each function returns a short sentence where the
 * tickets would be, and all of them together take no longer than the patience.
 */
final class Sgi
{
    /** More than that is no list for a page. */
    private const LARGEST = 4 * 1024 * 1024;

    private const SORRY = [
        'en' => 'The tickets are not available at the moment.',
        'fr' => 'Les tickets ne sont pas disponibles pour le moment.',
        'de' => 'Die Tickets sind im Moment nicht verfügbar.',
    ];

    private const TITLE = ['en' => 'Tickets', 'fr' => 'Tickets', 'de' => 'Tickets'];

    private float $until;

    /**
     * @param string $url where this server reaches the service
     * @param string $public where people's browsers reach it
     * @param string $token of the role "read": sgi token create cmdb --role read
     * @param float $patience seconds that a page may become slower by
     */
    public function __construct(
        private string $url,
        private string $public,
        private string $token,
        private string $language = 'en',
        float $patience = 4.0,
    ) {
        $this->until = microtime(true) + $patience;
    }

    /** A piece of HTML: without script and style, with classes that begin with "sgi-". */
    public function tickets(string $object, string $title = '', string $page = ''): string
    {
        $query = ['object' => $object, 'status' => 'open', 'lang' => $this->language];
        $query += array_filter(['title' => $title, 'url' => $page], strlen(...));
        // The service waits for a desk no longer than this page waits for the service.
        $query['wait'] = max(0, (int) floor($this->left()) - 1);
        $html = $this->ask('/embed/tickets?' . http_build_query($query));
        // A proxy's login page, say, is none.
        $ours = $html !== null && str_starts_with($html, '<div class="sgi-tickets"');
        return $ours ? $html : $this->sorry();
    }

    /** An iframe, which the browser fills by itself. Its address is good for five minutes. */
    public function frame(string $object, string $title = '', string $page = ''): string
    {
        $shown = ['objects' => [$object]];
        $shown += array_filter(['title' => $title, 'url' => $page], strlen(...));
        $answer = json_decode($this->ask('/api/v1/embed/url', $shown) ?? '', true);
        $path = is_array($answer) ? ($answer['path'] ?? '') : '';
        if (!is_string($path) || !str_starts_with($path, '/embed/frame?')) {
            return $this->sorry();
        }
        $address = $this->public . $path . '&' . http_build_query(['lang' => $this->language]);
        return sprintf(
            '<iframe class="sgi-frame" title="%s" src="%s" referrerpolicy="no-referrer" '
            . 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>',
            htmlspecialchars(self::TITLE[$this->language] ?? self::TITLE['en']),
            htmlspecialchars($address),
        );
    }

    private function left(): float
    {
        return max(0.0, $this->until - microtime(true));
    }

    private function sorry(): string
    {
        $sorry = self::SORRY[$this->language] ?? self::SORRY['en'];
        return '<p class="sgi-none">' . htmlspecialchars($sorry) . '</p>';
    }

    /** What the service answers; null if it does not, or not in time. */
    private function ask(string $path, ?array $body = null): ?string
    {
        try {
            $left = (int) (1000 * $this->left());
            if ($left <= 0) {
                return null;
            }
            $text = '';
            $headers = $this->token === '' ? [] : ['Authorization: Bearer ' . $this->token];
            $curl = curl_init($this->url . $path);
            if ($body !== null) {
                $headers[] = 'Content-Type: application/json';
                curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR));
            }
            curl_setopt_array($curl, [
                CURLOPT_HTTPHEADER => $headers,
                CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
                CURLOPT_FOLLOWLOCATION => false,
                CURLOPT_CONNECTTIMEOUT_MS => min($left, 1000),
                // For the whole answer: one that trickles ends, too.
                CURLOPT_TIMEOUT_MS => $left,
                CURLOPT_NOSIGNAL => true,
                CURLOPT_WRITEFUNCTION => static function ($curl, string $part) use (&$text): int {
                    $text .= $part;
                    return strlen($text) > self::LARGEST ? 0 : strlen($part);
                },
            ]);
            $answered = curl_exec($curl);
            $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
            if ($answered !== true || $status !== 200) {
                error_log("sgi: no tickets (HTTP $status) " . curl_error($curl));
                return null;
            }
            return $text;
        } catch (Throwable $error) {
            error_log('sgi: no tickets: ' . $error->getMessage());
            return null;
        }
    }
}
