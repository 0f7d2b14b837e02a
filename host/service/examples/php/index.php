<?php

declare(strict_types=1);

/*
 * A page of a CMDB, with the tickets of its object in both ways: as a piece of the page, and in a frame.
 *
 *     target/debug/sgi serve --demo
 *     php -S 127.0.0.1:8000 -t host/service/examples/php     # and open http://127.0.0.1:8000/?objID=1001
 */

require __DIR__ . '/Sgi.php';

$object = (string) ($_GET['objID'] ?? $argv[1] ?? '1001');
$title = 'srv-db-01';
$language = getenv('SGI_LANGUAGE') ?: 'en';
$url = getenv('SGI_URL') ?: 'http://127.0.0.1:8780';

$sgi = new Sgi(
    url: $url,
    public: getenv('SGI_PUBLIC_URL') ?: $url,
    token: getenv('SGI_TOKEN') ?: '',
    language: $language,
    patience: (float) (getenv('SGI_PATIENCE') ?: 4.0),
);

?>
<!DOCTYPE html>
<html lang="<?= htmlspecialchars($language) ?>">
<head>
    <meta charset="utf-8">
    <title><?= htmlspecialchars($title) ?></title>
    <!-- A copy of the service's /embed/sgi.css belongs into the CMDB's own stylesheet: a link to the service would
         keep the page waiting for it. -->
    <style>
        body { font-family: sans-serif; }
        .sgi-frame { width: 100%; height: 30rem; border: 1px solid #ccc; }
    </style>
</head>
<body>
    <h1><?= htmlspecialchars($title) ?></h1>
    <table>
        <tr><th>Object ID</th><td><?= htmlspecialchars($object) ?></td></tr>
        <tr><th>Location</th><td>Rack 7</td></tr>
    </table>
    <h2>Open tickets</h2>
    <?= $sgi->tickets($object, $title), "\n" ?>
    <h2>All tickets</h2>
    <?= $sgi->frame($object, $title), "\n" ?>
    <h2>Contacts</h2>
    <p>Jane Doe, operations</p>
</body>
</html>
