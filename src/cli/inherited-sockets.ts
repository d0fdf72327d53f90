import type { InheritedSockets } from "../edge-listeners.ts";
import type { Problem } from "../errors.ts";

/** The first descriptor that a service manager passes: 0 to 2 are the standard streams. */
const FIRST = 3;
/** More than anybody listens on. */
const MOST = 64;

/**
 * Sockets that the service manager listens on and hands over (systemd's socket activation, sd_listen_fds(3)): nobody is refused while the
 * edge is being restarted. `FileDescriptorName=https` or `http` in the socket unit says what each is for.
 *
 * @returns undefined where there are none
 */
export function inheritedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): { readonly sockets: InheritedSockets } | { readonly problem: Problem } | undefined {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = "" } = environment;
  // Meant for another process: a shell between us and the manager has passed the variables on, and not the sockets.
  if (LISTEN_FDS === undefined || LISTEN_PID !== String(pid)) return undefined;
  const count = /^[0-9]{1,3}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : Infinity;
  if (count > MOST) {
    return refused(
      `LISTEN_FDS is ${JSON.stringify(LISTEN_FDS.slice(0, 20))}.`,
      `It must be a number up to ${MOST}: the service manager sets it.`,
    );
  }
  if (count === 0) return undefined;
  const names = LISTEN_FDNAMES.split(":");
  const sockets = { https: [] as number[], http: [] as number[] };
  for (let index = 0; index < count; index++) {
    const name = names[index] ?? "";
    if (name !== "https" && name !== "http") {
      return refused(
        `It is named ${JSON.stringify(name.slice(0, 40))}, which says nothing of what it is for.`,
        "In the socket unit write FileDescriptorName=https or FileDescriptorName=http, one unit for each.",
        index,
      );
    }
    sockets[name].push(FIRST + index);
  }
  if (sockets.https.length === 0) {
    return refused("There is none for HTTPS among them.", "Add a socket unit with ListenStream=443 and FileDescriptorName=https.");
  }
  return { sockets };
}

function refused(what: string, mend: string, index?: number): { readonly problem: Problem } {
  return { problem: { where: index === undefined ? "inherited sockets" : `inherited socket ${index + 1}`, what, mend } };
}
