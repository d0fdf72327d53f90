import { OPTIONS } from "../../config/options.ts";
import { option, toggle } from "../../config/option.ts";
import { mistake, shown, type Read } from "../../config/read.ts";
import { command } from "../command.ts";

const user = option({
  flag: "user",
  value: "NAME",
  help: "only those of this user",
  reason: "One of many",
  range: "a user's name",
  without: "everybody",
  read: (text: string): Read<string> =>
    /^[\w.@+-]{1,64}$/.test(text) ? { value: text } : mistake(`${shown(text)} is no user name.`, "Write one as in the users file."),
});

export const SESSIONS = command({
  name: "sessions",
  summary: "who is connected at this moment, since when, and what for",
  details:
    "These are live connections. A browser that is signed in (by the sign-in page) is listed only while it is connected, and stays signed in when its connection ends.",
  options: {
    json: toggle({ flag: "json", help: "print an array in JSON", reason: "For scripts" }),
    user,
    state: OPTIONS.state,
  },
  reads: [OPTIONS.state],
  examples: [
    { line: "openclaw-edge sessions", does: "everybody" },
    { line: "openclaw-edge sessions --user alice --json", does: "one user's, for a script" },
  ],
  run: async (call) => (await import("../sessions.ts")).sessions(call),
});

export const SESSIONS_END = command({
  name: "sessions end",
  summary: "end one live connection, or everything of a user",
  usage: "openclaw-edge sessions end ID | --user NAME",
  arguments: [{ name: "ID", help: "as openclaw-edge sessions lists it", optional: true }],
  options: {
    user: {
      ...user,
      help: "end all live connections of this user, and sign out all of the user's browsers",
      default: "the one with this ID",
    },
    signOut: toggle({
      flag: "sign-out",
      help: "with an ID: end the browser session that it came with, too",
      reason: "A browser that is still signed in comes back by itself",
    }),
    state: OPTIONS.state,
  },
  reads: [OPTIONS.state],
  examples: [
    { line: "openclaw-edge sessions end c1f", does: "cut one connection" },
    { line: "openclaw-edge sessions end c1f --sign-out", does: "and sign that browser out" },
    { line: "openclaw-edge sessions end --user alice", does: "everything of one user" },
  ],
  check({ options, words }) {
    const named = words.length > 0;
    if (named !== options.isWritten("user")) return [];
    const what = named ? "An ID and --user exclude each other." : "It is not said whose session.";
    return [{ where: "sessions end", what, mend: "Write openclaw-edge sessions end ID, or openclaw-edge sessions end --user NAME." }];
  },
  run: async (call) => (await import("../sessions.ts")).endSessions(call),
});
