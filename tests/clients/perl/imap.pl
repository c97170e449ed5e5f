# Use a mailbox with two messages: imap.pl PORT security CA-FILE USER PASSWORD FILE; security is plain, STARTTLS or TLS.
use strict;
use warnings;
use IO::Socket::SSL;
use Mail::IMAPClient;

my ($port, $security, $ca, $user, $password, $file) = @ARGV;
my $tls = [
    SSL_ca_file         => $ca,
    SSL_verify_mode     => SSL_VERIFY_PEER,
    SSL_hostname        => "localhost",
    SSL_verifycn_name   => "localhost",
    SSL_verifycn_scheme => "imap",
];
my $imap = Mail::IMAPClient->new(
    Server   => "localhost",
    Port     => $port,
    User     => $user,
    Password => $password,
    Uid      => 1,
    Timeout  => 20,
    ($security eq "TLS"      ? (Ssl      => $tls) : ()),
    ($security eq "STARTTLS" ? (Starttls => $tls) : ()),
) or die "cannot sign in: $@";

sub right { return $_[0] // die $imap->LastError }

right($imap->select("INBOX"));
my @all = $imap->messages;
print "messages ", scalar(@all), "\n";
my ($short) = $imap->search(SUBJECT => "short");
print "found ", ($short == $all[1] ? 1 : 0), "\n";
print "subject ", $imap->subject($short), "\n";
right($imap->message_to_file($file, $all[0]));
right($imap->set_flag("Flagged", $all[0]));
right($imap->append_string("Sent", $imap->message_string($all[0])));
right($imap->create("Work"));
print "folders ", scalar(grep { $_ eq "Work" } $imap->folders), "\n";
right($imap->move("Work", $all[0]));
right($imap->delete_message($short));
right($imap->expunge);
right($imap->logout);
