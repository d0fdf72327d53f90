/** The page under guessing: what it says, whom it keeps out, and whom it does not. */
import { describe, expect, test } from "vitest";

import { edgeWith, USERS } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { browse, FETCH, openForm, signIn } from "../support/sign-in.ts";

const guess = async (edge: Parameters<typeof signIn>[0], times: number): Promise<void> => {
  for (let attempt = 0; attempt < times; attempt += 1) await signIn(edge, { password: `guess ${attempt}` });
};

describe("after too many wrong passwords", () => {
  test("the page says how long to wait, with Retry-After, to a right password as to a wrong one", async () => {
    const edge = await edgeWith(answering(OK), { limits: { failedSignIns: 3 } });
    await guess(edge, 3);
    for (const password of ["wrong", USERS.alice]) {
      const { response, secret } = await signIn(edge, { password, next: "/chat" });
      expect([response.status, secret]).toEqual([429, ""]);
      expect(Number(response.field("retry-after"))).toBeGreaterThan(0);
      expect(response.body).toMatch(/role="alert">Too many sign-ins have failed\. Try again in \d+ (?:second|minute)/);
      expect(response.body).toContain('name="next" value="/chat"');
    }
  });

  test("a session that lasts goes on, and a browser that signed in before has tries of its own", async () => {
    const edge = await edgeWith(answering(OK), { limits: { failedSignIns: 3 } });
    const owner = await signIn(edge);
    await guess(edge, 3);
    const client = await edge.connect();
    client.write(browse("GET /", FETCH, owner.cookies));
    expect((await client.response()).status).toBe(200);

    const form = await openForm(client, "/.edge/logout", owner.cookies);
    expect(form.page.status).toBe(200);
    const known = { "__Host-openclaw-edge-device": owner.cookies["__Host-openclaw-edge-device"] ?? "" };
    expect((await signIn(edge, { cookies: known })).response.status).toBe(303);
    expect((await signIn(edge)).response.status).toBe(429);
  });
});
