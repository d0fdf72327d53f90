/** What the process's exit code says; the README and `--help` tell the same. */
export const EXIT_CODES = [
  { code: "0", means: "done, or stopped in order" },
  {
    code: "1",
    means:
      "a failure while running: a port that is taken, a full disk; user check: no; status: the Gateway is down; reload: something is wrong",
  },
  { code: "2", means: "a mistake in the flags, the environment, the configuration or a file that they name; nothing was started" },
  { code: "3", means: "status, reload, stop, sessions: no edge runs on that state directory" },
  { code: "130, 143", means: "stopped by Ctrl+C at a question, or at once by a second SIGINT, SIGTERM" },
] as const;
