/**
 * Everybody signs in, out, gets and loses passwords and passes in an order that nobody thought of, over a few connections that remember; and
 * the upstream sees just whom a plain model of the rules says, or nobody.
 */
import { expect, onTestFinished, test } from "vitest";

import { Random } from "../http1/differential/random.ts";
import { basic, DOMAIN, edgeWith, type TestEdge } from "../support/edge.ts";
import { makePass, revokePass } from "../support/passes.ts";
import { answering, OK, type RawUpstream } from "../support/raw-upstream.ts";
import type { RawClient } from "../support/raw-client.ts";
import { HANDSHAKE, raw } from "../support/requests.ts";
import { FETCH, NAVIGATION, openForm, post, SESSION, signIn, type Cookies } from "../support/sign-in.ts";

const NAMES = ["alice", "bob", "carol"] as const;
type Name = (typeof NAMES)[number];
const STEPS = 160;

/** What is true, without any of the edge's shortcuts. */
interface World {
  /** Passwords of those who are in the users file. */
  readonly passwords: Map<Name, string>;
  /** What was right before. */
  readonly former: Map<Name, string>;
  readonly sessions: { readonly name: Name; readonly cookies: Cookies; live: boolean }[];
  readonly passes: { readonly name: Name; readonly text: string; live: boolean }[];
  serial: number;
}

interface Asked {
  readonly bytes: string;
  /** Who signs in by it; undefined: nobody. */
  readonly user: Name | undefined;
}

test.each([2, 3])("the upstream sees whom the rules say, and nobody else (seed %i)", async (seed) => {
  const random = new Random(seed);
  const edge = await edgeWith(answering(OK), {
    users: { alice: "first", bob: "first" },
    limits: { failedSignIns: 100_000, idleUpstream: 0 },
  });
  const world: World = { passwords: new Map(), former: new Map(), sessions: [], passes: [], serial: 0 };
  for (const name of ["alice", "bob"] as const) world.passwords.set(name, "first");
  const connections: RawClient[] = [];
  onTestFinished(() => connections.forEach((each) => each.destroy()));
  let served = 0;
  for (let step = 0; step < STEPS; step += 1) {
    if (random.chance(0.22)) await change(edge, world, random);
    const asked = ask(world, random);
    const { status, seen } = await send(edge, connections, random.below(3), asked.bytes);
    const { user, bytes } = asked;
    // With the request, so that a failure tells what it was about.
    const said = { step, bytes, is: status === 200 ? "in" : "refused", user: seen };
    expect(said).toEqual({ step, bytes, is: user === undefined ? "refused" : "in", user });
    if (asked.user !== undefined) served += 1;
  }
  // The dice were not all on one side.
  expect(served).toBeGreaterThan(STEPS / 16);
  expect(served).toBeLessThan(STEPS - STEPS / 16);
});

/** One request, on one of the connections that last; and whom the upstream was told. */
async function send(
  { connect, upstream }: TestEdge & { readonly upstream: RawUpstream },
  connections: RawClient[],
  which: number,
  bytes: string,
): Promise<{ readonly status: number; readonly seen: string | undefined }> {
  upstream.reset();
  upstream.script = answering(OK);
  let client = connections[which];
  // Whoever is cut loses his connection.
  if (client === undefined || client.ended || client.closed) client = connections[which] = await connect();
  client.write(bytes);
  const { status } = await client.response();
  return { status, seen: /^X-Forwarded-User: (.*)\r$/m.exec(upstream.text)?.[1] };
}

async function change(edge: TestEdge, world: World, random: Random): Promise<void> {
  const { passwords, sessions, passes } = world;
  const name = random.pick(NAMES);
  const isThere = passwords.has(name);
  switch (random.below(7)) {
    case 0:
    case 1: {
      if (!isThere) return;
      const { cookies, response } = await signIn(edge, { name, password: passwords.get(name) as string });
      expect(response.status).toBe(303);
      sessions.push({ name, cookies, live: true });
      return;
    }
    case 2: {
      const session = sessions.findLast(({ live }) => live);
      if (session === undefined) return;
      const isAll = random.chance(0.3);
      const client = await edge.connect();
      const form = await openForm(client, "/.edge/", session.cookies);
      client.write(post(isAll ? "/.edge/sessions/end-all" : "/.edge/logout", { token: form.token }, form.cookies));
      expect((await client.response()).status).toBe(303);
      for (const other of sessions) if (other === session || (isAll && other.name === session.name)) other.live = false;
      return;
    }
    case 3:
    case 4: {
      // Another password, or somebody new.
      world.serial += 1;
      if (isThere) world.former.set(name, passwords.get(name) as string);
      passwords.set(name, `password ${world.serial}`);
      break;
    }
    case 5: {
      if (!isThere || passwords.size === 1) return;
      world.former.set(name, passwords.get(name) as string);
      passwords.delete(name);
      for (const pass of passes) if (pass.name === name) pass.live = false;
      break;
    }
    default: {
      const lost = passes.find(({ live }) => live);
      if (lost !== undefined && random.chance(0.5)) {
        await revokePass(edge.state, lost.text);
        lost.live = false;
      } else if (isThere) {
        const text = await makePass(edge.state, { user: name });
        passes.push({ name, text, live: true });
      }
      await edge.edge.reload();
      return;
    }
  }
  for (const session of sessions) if (session.name === name) session.live = false;
  await edge.setUsers(Object.fromEntries(passwords));
  await edge.edge.reload();
}

/** A request with any mixture of credentials, and who signs in by it: session, what ended keeps out, pass, what browsers may not, password. */
function ask({ passwords, former, sessions, passes }: World, random: Random): Asked {
  const isWebSocket = random.chance(0.15);
  const kind = random.pick([NAVIGATION, FETCH, [] as readonly string[]]);
  const lines = [`Host: ${DOMAIN}`, ...(isWebSocket ? HANDSHAKE : kind)];
  const isBrowser = !isWebSocket && kind.length > 0;

  const session = sessions.length > 0 && random.chance(0.5) ? sessions[random.below(sessions.length)] : undefined;
  const junk = random.chance(0.1) ? random.pick(["signed-out", "", "x".repeat(43)]) : undefined;
  const cookies = [...(session === undefined ? [] : [session.cookies[SESSION] ?? ""]), ...(junk === undefined ? [] : [junk])];
  if (cookies.length > 0) lines.push(`Cookie: a=b; ${cookies.map((value) => `${SESSION}=${value}`).join("; ")}`);

  const anyPass = () => (passes.length > 0 && random.chance(0.8) ? passes[random.below(passes.length)] : undefined);
  const inField = random.chance(0.2) ? anyPass() : undefined;
  if (inField !== undefined) lines.push(`X-OpenClaw-Edge-Pass: ${inField.text}`);
  const name = random.pick(NAMES);
  const password = (random.chance(0.6) ? passwords : former).get(name) ?? "wrong";
  const authorization = random.pick(["none", "none", "basic", "basic", "basic", "bearer", "pass", "pass as basic"]);
  const inAuthorization = authorization.startsWith("pass") ? anyPass() : undefined;
  if (authorization === "basic") lines.push(`Authorization: ${basic(name, password)}`);
  if (authorization === "bearer") lines.push("Authorization: Bearer the-gateways-own");
  if (inAuthorization !== undefined)
    lines.push(`Authorization: ${authorization === "pass" ? `Bearer ${inAuthorization.text}` : basic(name, inAuthorization.text)}`);
  const bytes = raw("GET /x HTTP/1.1", lines);

  const isBasic = authorization === "basic" || (authorization === "pass as basic" && inAuthorization !== undefined);
  const pass = inField ?? inAuthorization;
  if (cookies.length === 1 && session?.live === true) return { bytes, user: session.name };
  if (cookies.length > 0 && isBasic) return { bytes, user: undefined };
  // Of two different passes nobody can tell which one counts.
  if (inField !== undefined && inAuthorization !== undefined && inField !== inAuthorization) return { bytes, user: undefined };
  if (pass !== undefined) return { bytes, user: pass.live ? pass.name : undefined };
  if (isBrowser && isBasic) return { bytes, user: undefined };
  return { bytes, user: authorization === "basic" && password === passwords.get(name) ? name : undefined };
}
