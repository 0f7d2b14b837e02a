# Fills a fresh database of Request Tracker 5 with what a description in JSON says.
#
#   perl -MFrozen seed.pl seed.json
#
# Users, queues, groups, rights and custom fields come first, all at `setup_at`; then the actions, in
# their order, each at the instant it names. Nothing here knows a name or a number of the content.
# Ids come out the same each time because every step is done in the order of the file.
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';

use Encode ();
use JSON   ();
use MIME::Entity;
use RT;

my ($path) = @ARGV;
open my $file, '<:raw', $path or die "$path: $!\n";
my $seed = JSON::decode_json( do { local $/; <$file> } );

RT->LoadConfig;
RT->Init;

my $system   = RT->SystemUser;
my $defaults = $seed->{defaults};
my ( %user, %queue, %group, %field, %ticket );    # by the name or key the file gives them

Frozen::at( $seed->{setup_at} );
add_user($_)   for @{ $seed->{users} };
add_queue($_)  for @{ $seed->{queues} };
add_group($_)  for @{ $seed->{groups} };
add_rights($_) for @{ $seed->{rights} };
add_field($_)  for @{ $seed->{custom_fields} };

my %verb = (
    create        => \&create,
    create_many   => \&create_many,
    reply         => sub { on( $_[0] )->Correspond( MIMEObj => mail( '', $_[0]{text} ) ) },
    comment       => sub { on( $_[0] )->Comment( MIMEObj => mail( '', $_[0]{text} ) ) },
    status        => sub { on( $_[0] )->SetStatus( $_[0]{to} ) },
    owner         => sub { on( $_[0] )->SetOwner( $_[0]{to}, $_[0]{how} ) },
    set           => sub { my $setter = "Set$_[0]{field}"; on( $_[0] )->$setter( $_[0]{to} ) },
    add_value     => sub { on( $_[0] )->AddCustomFieldValue( value_of( $_[0] ) ) },
    delete_value  => sub { on( $_[0] )->DeleteCustomFieldValue( value_of( $_[0] ) ) },
    watch         => sub { on( $_[0] )->AddWatcher( Type => $_[0]{role}, Email => $_[0]{email} ) },
    link          => sub { on( $_[0] )->AddLink( Type => $_[0]{type}, Target => target( $_[0] ) ) },
    merge         => sub { on( $_[0] )->MergeInto( target( $_[0] ) ) },
    disable_queue => sub { known( queue => \%queue, $_[0]{queue} )->SetDisabled(1) },
    user          => sub { add_user( $_[0]{values} ); 1 },
    rights        => sub { add_rights( $_[0] ); 1 },
    disable_user  => sub { known( user  => \%user,  $_[0]{user} )->SetDisabled(1) },
    token         => \&token,
);
for my $action ( @{ $seed->{actions} } ) {
    Frozen::at( $action->{at} );
    my $what = join ' ', $action->{at}, $action->{do}, $action->{ticket} // ();
    my $do   = $verb{ $action->{do} } or die "$what: no such action\n";
    done( $what, $do->($action) );
}
print scalar( keys %ticket ), " tickets\n";

# --- before the first ticket ---------------------------------------------------------------------

sub add_user {
    my ($about) = @_;
    my $user = RT::User->new($system);
    done( "user $about->{Name}", $user->Create( Privileged => 1, Disabled => 0, %$about ) );
    $user{ $about->{Name} } = $user;
}

# The queue that a new database has already keeps its id and gets the description.
sub add_queue {
    my ($about) = @_;
    my $queue = RT::Queue->new($system);
    $queue->Load( $about->{Name} );
    done( "queue $about->{Name}",
        $queue->id ? $queue->SetDescription( $about->{Description} ) : $queue->Create(%$about) );
    $queue{ $about->{Name} } = $queue;
}

sub add_group {
    my ($about) = @_;
    my $group = RT::Group->new($system);
    done( "group $about->{Name}", $group->CreateUserDefinedGroup( Name => $about->{Name} ) );
    for my $name ( @{ $about->{Members} } ) {
        my $member = known( user => \%user, $name );
        done( "$name in $about->{Name}", $group->AddMember( $member->PrincipalId ) );
    }
    $group{ $about->{Name} } = $group;
}

# Rights on the named queues or, when none is named, on the whole system.
sub add_rights {
    my ($about) = @_;
    my $holder = $about->{group}
        ? known( group => \%group, $about->{group} )
        : known( user  => \%user,  $about->{user} );
    my @objects = $about->{queues}
        ? map { known( queue => \%queue, $_ ) } @{ $about->{queues} }
        : RT->System;
    for my $object (@objects) {
        for my $right ( @{ $about->{rights} } ) {
            done( "right $right",
                $holder->PrincipalObj->GrantRight( Right => $right, Object => $object ) );
        }
    }
}

sub add_field {
    my ($about) = @_;
    my %make = %$about;
    my ( $key, $options, $queues ) = delete @make{qw(key options queues)};
    my $field = RT::CustomField->new($system);
    done( "custom field $key",
        $field->Create( LookupType => 'RT::Queue-RT::Ticket', Disabled => 0, %make ) );
    my $order = 0;
    for my $option ( @{ $options // [] } ) {
        done( "option $option", $field->AddValue( Name => $option, SortOrder => ++$order ) );
    }
    for my $name (@$queues) {
        done( "$key in $name", $field->AddToObject( known( queue => \%queue, $name ) ) );
    }
    $field{$key} = $field;
}

# --- actions -------------------------------------------------------------------------------------

sub create {
    my ($action) = @_;
    my %values = ( %{ $defaults->{values} }, %{ $action->{values} } );
    my $fields = $action->{fields} // {};
    for my $key ( sort keys %$fields ) {
        $values{ 'CustomField-' . known( 'custom field' => \%field, $key )->id } = $fields->{$key};
    }
    my $ticket = RT::Ticket->new( person($action) );
    my ( $id, undef, $message ) = $ticket->Create(
        %values,
        MIMEObj => mail(
            $action->{mail_subject} // $values{Subject},
            $action->{text} // $defaults->{text},
            $action->{type}
        ),
    );
    $ticket{ $action->{ticket} } = $id;
    return ( $id, $message );
}

# A series of tickets that differ by a number (%d in their texts) and by their time.
sub create_many {
    my ($action) = @_;
    for my $number ( 1 .. $action->{count} ) {
        Frozen::pass( $action->{every_minutes} ) if $number > 1;
        my %one = ( %$action, ticket => "many $number" );
        $one{values} = { %{ $action->{values} } };
        $_ = sprintf $_, $number for $one{values}{Subject}, $one{mail_subject}, $one{text};
        done( "number $number", create( \%one ) );
    }
    return 1;
}

# RT draws a token's secret; ours is the file's, so that it can stand in a test.
sub token {
    my ($action) = @_;
    my $owner = known( user => \%user, $action->{user} );
    no warnings 'redefine';
    local *RT::AuthToken::_GenerateToken = sub { $action->{secret} };
    my $token = RT::AuthToken->new( current( $action->{user} ) );
    my ( $id, $message, $text ) = $token->Create(
        Owner       => $owner->id,
        Description => $action->{description},
    );
    print "token of $action->{user}: $text\n" if $id;
    return ( $id, $message );
}

# --- small words ---------------------------------------------------------------------------------

# Stops at the first thing RT refuses: half a seed is of no use.
sub done {
    my ( $what, $ok, $message ) = @_;
    die "$what: " . ( $message // 'refused' ) . "\n" unless $ok;
}

sub known {
    my ( $kind, $all, $name ) = @_;
    return $all->{$name} // die "no $kind is called '$name' in the file\n";
}

sub current {
    my ($name) = @_;
    my $user = RT::CurrentUser->new;
    $user->Load($name);
    return $user->id ? $user : die "no user is called '$name'\n";
}

sub person { current( $_[0]{by} // $defaults->{by} ) }

# The ticket of an action, loaded anew by who acts.
sub on {
    my ($action) = @_;
    my $ticket = RT::Ticket->new( person($action) );
    $ticket->Load( known( ticket => \%ticket, $action->{ticket} ) );
    return $ticket;
}

sub target { $_[0]{to} // known( ticket => \%ticket, $_[0]{to_ticket} ) }

sub value_of {
    my ($action) = @_;
    my $field = known( 'custom field' => \%field, $action->{field} );
    return ( Field => $field->id, Value => $action->{value} );
}

sub mail {
    my ( $subject, $text, $type ) = @_;
    return MIME::Entity->build(
        Subject  => Encode::encode( 'UTF-8', $subject ),
        Type     => $type // 'text/plain',
        Charset  => 'UTF-8',
        Encoding => '8bit',
        Data     => Encode::encode( 'UTF-8', $text ),
    );
}
