# A clock that stands still, and databases that do not wait for the disk: what a reproducible and
# quick template needs. Only the processes that build the template load this, never the server.
#
#   perl -MFrozen=2024-01-08T06:00:00Z program      the program lives at that instant
#   Frozen::at('2024-01-08T08:00:00Z')              move the clock
package Frozen;

use strict;
use warnings;
use Time::Local ();

our $now;

sub current { defined $now ? $now : CORE::time() }

BEGIN {
    # Before any other module is compiled: Perl binds these names at compile time.
    no warnings 'once';
    *CORE::GLOBAL::time      = sub ()   { current() };
    *CORE::GLOBAL::gmtime    = sub (;$) { CORE::gmtime( @_ && defined $_[0] ? $_[0] : current() ) };
    *CORE::GLOBAL::localtime = sub (;$) { CORE::localtime( @_ && defined $_[0] ? $_[0] : current() ) };
}

sub import {
    my ( undef, $instant ) = @_;
    at($instant) if defined $instant;

    # The template is built in a private directory and thrown away when its building fails, so
    # nothing is gained by an fsync after each of some ten thousand statements.
    require DBI;
    my $connect = \&DBI::connect;
    no warnings 'redefine';
    *DBI::connect = sub {
        my $handle = $connect->(@_);
        $handle->do('PRAGMA synchronous = OFF') if $handle and $handle->{Driver}{Name} eq 'SQLite';
        return $handle;
    };
}

sub at {
    my ($instant) = @_;
    my ( $year, $month, $day, $hour, $minute, $second )
        = $instant =~ /\A(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z\z/
        or die "not an instant in UTC: $instant\n";
    $now = Time::Local::timegm( $second, $minute, $hour, $day, $month - 1, $year );
}

sub pass {
    my ($minutes) = @_;
    $now += 60 * $minutes;
}

1;
