/** The devices that the Gateway has paired, from its own database, where it may be read. Nothing is written there. */
import { access } from "node:fs/promises";
import { join } from "node:path";

/** A device that was let in without anybody being asked, because a proxy vouched for its user. */
export interface PairedDevice {
  readonly id: string;
  /** What its owner or it itself calls it. */
  readonly name: string | undefined;
  readonly platform: string | undefined;
  /** Where it was when it was paired. */
  readonly address: string | undefined;
  /** Milliseconds since 1970. */
  readonly seenAt: number;
}

/** Where the Gateway keeps its database (openclaw 2026.9.6, docs/gateway/pairing.md, "Storage"). */
export function gatewayDatabase(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const state = environment["OPENCLAW_STATE_DIR"] ?? join(environment["OPENCLAW_HOME"] ?? home, ".openclaw");
  return join(state, "state", "openclaw.sqlite");
}

/** Rows that are read; the newest. */
const MOST = 200;

/**
 * The devices approved on a proxy's word, the one seen last first. The Gateway does not keep whose they are (`device_pairing_paired` has
 * no column for it): that has to be told by their names and addresses.
 *
 * @returns undefined: there is no database, it can't be read, or it has another form
 */
export async function devicesByProxy(database: string): Promise<readonly PairedDevice[] | undefined> {
  try {
    await access(database); // SQLite would make it
    const { DatabaseSync } = await import("node:sqlite");
    const open = new DatabaseSync(database, { readOnly: true, timeout: 1_000 });
    try {
      const rows = open
        .prepare(
          `SELECT device_id, coalesce(operator_label, display_name, client_id) AS name, platform, remote_ip,
             coalesce(last_seen_at_ms, approved_at_ms) AS seen
           FROM device_pairing_paired WHERE approved_via = 'trusted-proxy' ORDER BY seen DESC LIMIT ${MOST}`,
        )
        .all();
      return rows.map((row) => ({
        id: String(row["device_id"]),
        name: textOf(row["name"]),
        platform: textOf(row["platform"]),
        address: textOf(row["remote_ip"]),
        seenAt: Number(row["seen"]),
      }));
    } finally {
      open.close();
    }
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
