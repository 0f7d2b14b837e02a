# The configuration of every server we start; what differs between two of them comes from the
# environment (config.rs sets it). Values that our facts about this server depend on say so.

Set( $rtname,       'rt.local' );
Set( $Organization, 'rt.local' );
Set( $WebDomain,    '127.0.0.1' );
Set( $WebPort,      $ENV{REAL_RT_PORT} );
Set( $WebPath,      $ENV{REAL_RT_WEB_PATH} );

Set( $DatabaseType, 'SQLite' );
Set( $DatabaseName, "$ENV{REAL_RT_HOME}/rt.sqlite" );

# Not UTC on purpose: dates in a query are local time, dates in an answer are UTC.
Set( $Timezone, 'Europe/Berlin' );

# Mail is written and recorded, as in production, and goes nowhere.
Set( $MailCommand, sub { 1 } );
Set( $OwnerEmail,  'root@rt.local' );

# The backslash is really in these two: the server of the recorded exchanges has it in the headers of
# its mails, and both are to show the same.
Set( $CorrespondAddress, 'rt\@rt.local' );
Set( $CommentAddress,    'rt-comment\@rt.local' );

# The log is standard error, which start() keeps in a file.
Set( $LogToSyslog, undef );
Set( $LogToFile,   undef );
Set( $LogToSTDERR, 'warning' );

Set( $WebSecureCookies, 0 );        # plain HTTP on loopback
Set( $ShowRTPortal,     0 );        # no advertisement that would be fetched from the network
Set( $BcryptCost,       10 );       # 80 to 150 ms for each request, as installations have it
Set( $HTMLFormatter,    'core' );   # the others start a text browser for each HTML part

# Compiled pages and sessions: two servers must not write to the package's common directories.
$RT::MasonDataDir    = "$ENV{REAL_RT_HOME}/mason";
$RT::MasonSessionDir = "$ENV{REAL_RT_HOME}/session";

1;
