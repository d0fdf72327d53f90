/** X-OpenClaw-Scopes as the upstream really receives it, and what becomes of open WebSockets when it changes. */
import { describe, expect, test } from "vitest";

import { editScopes } from "../../src/auth/edit-scopes.ts";
import { scopesPath } from "../../src/auth/scopes-file.ts";
import { DEFAULT_SCOPES, OPERATOR_SCOPES } from "../../src/auth/scopes.ts";
import { ALICE, BOB, DOMAIN, edgeWith, USERS, type TestEdge } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { makePass } from "../support/passes.ts";
import { OK, type RawUpstream } from "../support/raw-upstream.ts";
import { raw, request } from "../support/requests.ts";
import { SESSION, signIn } from "../support/sign-in.ts";
import { accepting, closing, openTunnel } from "../support/tunnel.ts";

const [ALL, USUAL] = [OPERATOR_SCOPES.join(","), DEFAULT_SCOPES.join(",")];

async function sentScopes(
  { connect, upstream }: TestEdge & { readonly upstream: RawUpstream },
  credentials: string,
  more: readonly string[] = [],
): Promise<string> {
  const client = await connect();
  client.write(request("GET /", more).replace(ALICE, credentials));
  const peer = await upstream.peer(upstream.peers.length);
  const head = await peer.head();
  peer.write(OK);
  await client.response();
  client.destroy();
  const lines = head.split("\r\n").filter((line) => line.toLowerCase().replaceAll(/[_.]/g, "-").startsWith("x-openclaw-scopes"));
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

function set(edge: TestEdge, users: Readonly<Record<string, readonly string[]>>, owner?: string): Promise<unknown> {
  return editScopes(scopesPath(edge.state), AbortSignal.timeout(5_000), () => ({ owner, users: new Map(Object.entries(users)) }));
}

describe("X-OpenClaw-Scopes", () => {
  test("the only user, the owner, has all of them; a client's own field changes nothing", async () => {
    const edge = await edgeWith(undefined, { users: { alice: USERS.alice }, limits: { idleUpstream: 0 } });
    expect(await sentScopes(edge, ALICE)).toBe(`X-OpenClaw-Scopes: ${ALL}`);
    expect(await sentScopes(edge, ALICE, ["X-OpenClaw-Scopes: operator.read", "x_openclaw_scopes:"])).toBe(`X-OpenClaw-Scopes: ${ALL}`);
    await edge.setUsers(USERS); // bob comes later
    await eventually(() => edge.log.said("info").includes("The users file was read again."));
    expect(await sentScopes(edge, BOB, ["X-OpenClaw-Scopes: operator.admin", "X_OpenClaw_Scopes: operator.admin"])).toBe(
      `X-OpenClaw-Scopes: ${USUAL}`,
    );
  });

  test("no scopes is an empty field and not an absent one, which the Gateway would take for all of them", async () => {
    const edge = await edgeWith(undefined, { limits: { idleUpstream: 0 } });
    await set(edge, { bob: [] });
    await eventually(() => edge.log.said("info").includes("The record of scopes was read again."));
    expect(await sentScopes(edge, BOB)).toBe("X-OpenClaw-Scopes: ");
    expect(await sentScopes(edge, ALICE)).toBe(`X-OpenClaw-Scopes: ${USUAL}`);
    // Another tool edits the users file: somebody comes, and the order is another.
    await edge.setUsers({ carol: "some other password", bob: USERS.bob, alice: USERS.alice });
    await eventually(() => edge.log.said("info").includes("The users file was read again."));
    expect(await sentScopes(edge, BOB)).toBe("X-OpenClaw-Scopes: ");
  });

  test("attack: who gets the name of an owner who is gone gets neither his scopes, nor his session, nor his pass", async () => {
    const edge = await edgeWith(undefined, { users: { alice: USERS.alice }, limits: { idleUpstream: 0 } });
    const pass = await makePass(edge.state);
    const { secret } = await signIn(edge);
    const former = [`Cookie: ${SESSION}=${secret}`, `X-OpenClaw-Edge-Pass: ${pass}`];
    const statusOf = async (line: string): Promise<number> => {
      const client = await edge.connect();
      client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, line]));
      return (await client.response()).status;
    };
    expect(await sentScopes(edge, ALICE)).toBe(`X-OpenClaw-Scopes: ${ALL}`);
    // Another tool takes the line out, and puts one for somebody else in later, who happens to choose the same password.
    await edge.setUsers({ bob: USERS.bob });
    await eventually(() => edge.log.said("warn").includes("The owner is not in the users file any more"));
    await edge.setUsers({ bob: USERS.bob, alice: USERS.alice });
    await eventually(() => edge.log.entries.filter(({ message }) => message === "The users file was read again.").length === 2);
    expect(await sentScopes(edge, ALICE)).toBe(`X-OpenClaw-Scopes: ${USUAL}`);
    for (const line of former) expect(await statusOf(line)).toBe(401);
  });

  test("whoever may do less is cut within a second, told so, and comes back with less; nobody else notices", async () => {
    const edge = await edgeWith(accepting);
    const [alice, bob] = [await openTunnel(edge.connect), await openTunnel(edge.connect, BOB)];
    await set(edge, { alice: ["operator.admin"] }); // more than before
    await eventually(() => edge.log.said("info").includes("The record of scopes was read again."));
    await pause(100);
    expect([alice.ended, bob.ended]).toEqual([false, false]);
    await set(edge, { alice: ["operator.admin"], bob: ["operator.read"] });
    await bob.end(1_000);
    expect(bob.rest).toBe(closing(4001, "scopes changed"));
    expect(alice.ended).toBe(false);
    await openTunnel(edge.connect, BOB);
    const peer = await edge.upstream.peer(edge.upstream.peers.length - 1);
    expect(peer.text).toContain("\r\nX-OpenClaw-Scopes: operator.read\r\n");
  });
});
