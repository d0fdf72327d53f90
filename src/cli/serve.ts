import { hasInitialPassword, initialPasswordPath, isUnused } from "../auth/first-user.ts";
import { decodeOptions } from "../config/decode.ts";
import type { EdgeConfig } from "../config/edge-config.ts";
import { needingRestart } from "../config/live.ts";
import { loadSettings } from "../config/load.ts";
import type { OPTIONS } from "../config/options.ts";
import { usersPath } from "../config/state-directory.ts";
import type { Surroundings } from "../config/surroundings.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import { gatewayUser, sharedUserNotice } from "../gateway/shared-user.ts";
import type { Edge, EdgeSurroundings } from "../edge.ts";
import type { Log } from "../log/log.ts";
import { createLog } from "../log/logger.ts";
import { banner, facts } from "./banner.ts";
import type { Call } from "./command.ts";
import { demotionTo, isProblem } from "./demotion.ts";
import { atTheirPlaces } from "./file-problems.ts";
import { inheritedSockets } from "./inherited-sockets.ts";
import { printProblems } from "./problems.ts";
import { dieLoudly, runUntilStopped } from "./run.ts";
import { startFailure } from "./start-failure.ts";
import { startWithRuntimeFlag } from "./runtime-flag.ts";
import { undertake } from "./undertake.ts";

/** `openclaw-edge [serve]`: the edge in front of the Gateway. */
export async function serve({ options, flags, written, surroundings, version }: Call<typeof OPTIONS>): Promise<number> {
  const decoding = decodeOptions(options, surroundings);
  if ("problems" in decoding) return printProblems(decoding.problems);
  const handedOver = inheritedSockets(process.env, process.pid);
  if (handedOver !== undefined && "problem" in handedOver) return printProblems([handedOver.problem]);
  const { edge: config, logFormat, runAs } = decoding.settings;
  const demotion = runAs === undefined ? undefined : demotionTo(runAs);
  if (demotion !== undefined && isProblem(demotion)) return printProblems([demotion]);
  const inTheWay = demotion?.begin(config.state);
  if (inTheWay !== undefined) return printProblems([inTheWay]);
  const text = logFormat === "text" || (logFormat === "auto" && process.stdout.isTTY);
  let log: Log | undefined;
  // The users file that was named has to be there; the state directory's own is made, once.
  const isFirst = config.htpasswd === usersPath(config.state) && (await isUnused(config.state, config.htpasswd));
  if (isFirst) {
    log = openLog(text);
    const ended = await firstRun(config, log);
    if (ended !== 0) return ended;
  }
  // It has served its purpose; the program that is started anew below does not get to see it.
  delete process.env["OPENCLAW_EDGE_PASSWORD"];
  // An execve would close the sockets that were handed over: whoever hands them over sets the flag (systemd's unit does).
  if (handedOver === undefined) {
    demotion?.raise();
    startWithRuntimeFlag();
    demotion?.lower();
  }
  const wasAsked = noteHangup();
  log ??= openLog(text);
  for (const { where, what, mend } of written.warnings) log.warn(`${where}: ${what} ${mend}`);
  if (!isFirst && (await hasInitialPassword(config.state))) {
    const mend = "Set one of your own, which deletes it: openclaw-edge user passwd NAME";
    log.warn(`The first user's password still lies in ${initialPasswordPath(config.state)}. ${mend}`);
  }
  const given = { version, inherited: handedOver?.sockets, withPrivilege: demotion?.finish };
  const edge = await start(config, log, given, (problems) => atTheirPlaces(problems, options));
  if (typeof edge === "number") return edge;
  const { file } = written;
  if (text) process.stderr.write(banner(edge, config, await edge.status(), { version, file }));
  else log.info("Serving.", { event: "serving", version, ...facts(edge, config, file) });
  const user = noticesOfUser(config, surroundings);
  edge.notices.set("user", user);
  for (const { where, what, mend } of user) log.warn(`${where}: ${what} ${mend}`);
  let { drain } = config.timeouts;
  const reload = async (): Promise<readonly Problem[]> => {
    const loaded = await loadSettings(flags, surroundings);
    // The configuration of before stays as a whole; the files that it names are looked at all the same.
    if (loaded.kind === "refused") return [...loaded.problems, ...(await edge.reload())];
    ({ drain } = loaded.settings.edge.timeouts);
    for (const { where, what, mend } of loaded.warnings) log.warn(`${where}: ${what} ${mend}`);
    return [...needingRestart(options, loaded.options), ...(await edge.reload(loaded.settings.edge))];
  };
  // Whatever root was needed for until now has to go without it from now on.
  const unreadable = demotion === undefined ? [] : await reload();
  if (unreadable.length > 0) {
    await edge.close({ grace: 0 });
    return printProblems(unreadable);
  }
  return runUntilStopped(edge, { log, drain: () => drain, reload, isAsked: wasAsked() });
}

/** A reload that is asked for while the edge starts must not end it: it comes when everything runs. @returns ends this; whether there was one */
function noteHangup(): () => boolean {
  let isAsked = false;
  const note = (): void => void (isAsked = true);
  process.on("SIGHUP", note);
  return () => {
    process.off("SIGHUP", note);
    return isAsked;
  };
}

/** Whether the edge shares the Gateway's user, or is root without need. */
function noticesOfUser({ upstream: target }: EdgeConfig, { home, environment }: Surroundings): readonly Problem[] {
  const uid = process.geteuid?.();
  const shared = sharedUserNotice(gatewayUser({ target, uid, home, environment }), uid);
  return [...(shared === undefined ? [] : [shared]), ...(uid === 0 ? [ROOT] : [])];
}

const ROOT: Problem = {
  where: "user root",
  what: "The edge runs as root, which it needs for nothing but its ports.",
  mend: "Start it with --run-as USER: it gives root up once its ports are bound. The service has a user of its own.",
};

/** The exit code; 0: somebody can sign in now. What else is wrong is said before anybody is asked anything. */
async function firstRun(config: EdgeConfig, log: Log): Promise<number> {
  const [{ makeFirstUser }, { problemsOfFiles }] = await Promise.all([import("./first-run.ts"), import("../edge-files.ts")]);
  return undertake("serve", async () => {
    const problems = await problemsOfFiles({ domains: config.domains, htpasswd: undefined, tls: config.tls });
    if (problems.length > 0) return printProblems(problems);
    await makeFirstUser(config, process.env, log);
    log.flush();
    return 0;
  });
}

/** The process's log on standard output. */
export function openLog(text: boolean): Log {
  const terminal = process.stdout.isTTY;
  // On a terminal a line is wanted now, not half a second later.
  const log = createLog({
    format: text ? "text" : "json",
    colours: terminal && process.stdout.hasColors(),
    ...(terminal && { buffer: 0 }),
  });
  dieLoudly(log);
  return log;
}

/** A running edge, or the exit code after its problems were printed. */
export async function start(
  config: EdgeConfig,
  log: Log,
  more: Omit<EdgeSurroundings, "log"> = {},
  place: (problems: readonly Problem[]) => readonly Problem[] = (problems) => problems,
): Promise<Edge | number> {
  // Loaded only now: --help and a mistake in the flags must not wait for TLS and certificates.
  const { createEdge } = await import("../edge.ts");
  try {
    return await createEdge(config, { log, ...more });
  } catch (error) {
    if (error instanceof ConfigurationError) return printProblems(place(error.problems));
    const problem = startFailure(error);
    if (problem !== undefined) {
      printProblems([problem]);
      return 1;
    }
    throw error;
  }
}
