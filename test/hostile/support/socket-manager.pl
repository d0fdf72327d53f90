# A service manager in small, as systemd does it: listens on 127.0.0.1, never accepts, and starts the command again and again with the
# sockets as descriptors 3 and 4 (sd_listen_fds(3)). Prints "ports HTTPS HTTP" once and "pid N" for each start. Ends with standard input.
use strict; use warnings;
use Fcntl qw(F_SETFD); use POSIX qw(dup2 :sys_wait_h); use Socket;
$| = 1; $^F = 64;
my @sockets = map {
  socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
  bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
  listen($s, 1024) or die "listen: $!";
  $s;
} 1 .. 2;
print "ports ", join(" ", map { (sockaddr_in(getsockname($_)))[0] } @sockets), "\n";
my @fds = map { fcntl($_, Fcntl::F_DUPFD(), 20) } @sockets;
my $input = ""; vec($input, fileno(STDIN), 1) = 1;
while (1) {
  my $pid = fork();
  if ($pid == 0) {
    dup2($fds[0], 3); dup2($fds[1], 4);
    POSIX::close($_) for 5 .. 19, @fds;
    open(STDIN, "<", "/dev/null");
    @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 2, "https:http");
    exec(@ARGV) or die "exec: $!";
  }
  print "pid $pid\n";
  until (waitpid($pid, WNOHANG)) {
    next unless select(my $ready = $input, undef, undef, 0.02);
    kill("KILL", $pid); waitpid($pid, 0); exit;
  }
}
