# Starts a server and sees to it that it ends with the program that asked for it.
#
#   perl guard.pl GRACE HOST:PORT program argument...
#
# Standard input is the life line: a pipe whose other end that program holds and never writes to.
# It closes when the program lets go of it, and also when the program is killed with SIGKILL. Then
# the whole process group gets SIGTERM and, when the server has not ended after GRACE seconds,
# SIGKILL. The guard leads that group, so its number cannot be given away before the end.
#
# Standard output is the listening socket. The server gets it in the way of Server::Starter, so a
# port is never free between the moment it is chosen and the moment it is served.
#
# (PR_SET_PDEATHSIG would need no guard, but it fires when the *thread* that started the child ends,
# and a test that shares one server among its threads would lose it half way.)
use strict;
use warnings;
use IO::Select;
use POSIX ();

my ( $grace, $address, @server ) = @ARGV;

# A copy of the socket without close-on-exec; our own output goes where the log goes.
my $socket = POSIX::dup(1) // die "no listening socket: $!\n";
POSIX::dup2( 2, 1 ) // die "standard output: $!\n";

# A signal that comes just before the wait must not be missed, hence a pipe that wakes it.
pipe( my $woken, my $wake ) or die "pipe: $!\n";
$SIG{CHLD} = sub { syswrite $wake, '.' };

# The group gets SIGTERM from us, and we are in it. A sub, not 'IGNORE', which exec would hand down.
$SIG{TERM} = sub { };

my $child = fork // die "fork: $!\n";
if ( !$child ) {
    $SIG{$_} = 'DEFAULT' for qw(CHLD TERM);
    open STDIN, '<', '/dev/null' or die "standard input: $!\n";
    $ENV{SERVER_STARTER_PORT} = "$address=$socket";
    exec { $server[0] } @server or die "exec $server[0]: $!\n";
}
POSIX::close($socket);

# Whichever comes first: the life line closes, or the server ends by itself.
my $ears = IO::Select->new( \*STDIN, $woken );
my @heard;
@heard = $ears->can_read until @heard;

kill TERM => -$$;
my $deadline = time + $grace;
my $ended;
until ( $ended = waitpid( $child, POSIX::WNOHANG() ) ) {
    last if time >= $deadline;
    select undef, undef, undef, 0.02;
}
my $code = $ended && $? ? 1 : 0;

# A server that ended has waited for its workers. Anything that is still here goes now, and so do we
# when something is: kill reaches the guard too.
my @left = grep { $_ != $$ } group();
kill KILL => -$$ if @left;
POSIX::_exit($code);

sub group {
    my @members;
    for my $stat ( glob '/proc/[0-9]*/stat' ) {
        open my $file, '<', $stat or next;
        my $line = <$file> // next;
        my ( $pid, $state, $group ) = $line =~ /\A(\d+) \(.*\) (\S) \d+ (\d+) /s or next;
        push @members, $pid if $group == $$ and $state ne 'Z';
    }
    return @members;
}
