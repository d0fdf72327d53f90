import { describe, expect, test } from "vitest";

import { ALICE, DOMAIN, edgeForFile } from "../support/edge.ts";
import { makePass } from "../support/passes.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw } from "../support/requests.ts";
import { browse, FETCH, FORM_POST, NAVIGATION, openForm, post, SESSION, signIn, type Cookies } from "../support/sign-in.ts";

const shared = edgeForFile({ limits: { failedSignIns: 10_000 } });

/** Makes a pass as the command does; resolves to its text. */
async function createPass(user: string, name: string): Promise<string> {
  const text = await makePass(shared.edge.state, { user, name });
  await shared.edge.edge.reload();
  return text;
}

async function send(bytes: string) {
  const client = await shared.connect();
  client.write(bytes);
  return await client.response();
}

const isAlive = async (cookies: Cookies): Promise<boolean> => {
  shared.upstream.script = answering(OK);
  return (await send(browse("GET /", FETCH, cookies))).status === 200;
};

describe("attack: another site's forms", () => {
  const FORMS = ["/.edge/logout", "/.edge/sessions/end", "/.edge/sessions/end-all", "/.edge/passes/revoke"] as const;

  test.each(FORMS)("%s without the token that this browser was shown: 403, and nothing ends", async (target) => {
    const { cookies } = await signIn(shared);
    const bob = await openForm(await shared.connect(), "/.edge/", (await signIn(shared, { name: "bob" })).cookies);
    for (const token of ["", "t".repeat(43), bob.token]) {
      expect((await send(post(target, { token, id: "x" }, cookies))).status).toBe(403);
    }
    expect(await isAlive(cookies)).toBe(true);
  });

  test.each(FORMS)("%s from another origin: 403, token or not", async (target) => {
    const { cookies } = await signIn(shared);
    const form = await openForm(await shared.connect(), "/.edge/", cookies);
    for (const origin of ["null", "https://evil.example", `https://x.${DOMAIN}`]) {
      const lines = FORM_POST.map((line) => (line.startsWith("Origin:") ? `Origin: ${origin}` : line));
      expect((await send(post(target, { token: form.token, id: "x" }, form.cookies, lines))).status).toBe(403);
    }
    expect(await isAlive(cookies)).toBe(true);
  });

  test.each(FORMS.slice(1))("%s by a link: 405", async (target) => {
    const { cookies } = await signIn(shared);
    const response = await send(browse(`GET ${target}`, NAVIGATION, cookies));
    expect([response.status, response.field("allow")]).toEqual([405, "POST"]);
  });

  test("a link to signing out only asks", async () => {
    const { cookies } = await signIn(shared);
    const response = await send(browse("GET /.edge/logout", NAVIGATION, cookies));
    expect([response.status, response.body.includes('action="/.edge/logout"')]).toEqual([200, true]);
    expect(await isAlive(cookies)).toBe(true);
  });
});

describe("what is not one's own", () => {
  test("attack: another user's session and pass do not end by their ids, and are not told apart from what does not exist", async () => {
    const [alice, bob] = [await signIn(shared), await signIn(shared, { name: "bob" })];
    await createPass("bob", "bobs-phone");
    const bobs = await openForm(await shared.connect(), "/.edge/", bob.cookies);
    const [pass = ""] = /name="id" value="([^"]+)"/.exec(bobs.page.body)?.slice(1) ?? [];
    const form = await openForm(await shared.connect(), "/.edge/", alice.cookies);
    expect(form.page.body).not.toContain("bob");
    const outcomes = [];
    for (const id of [pass, "nothing"]) {
      const response = await send(post("/.edge/passes/revoke", { token: form.token, id }, form.cookies));
      outcomes.push([response.status, response.field("location")]);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect((await openForm(await shared.connect(), "/.edge/", bob.cookies)).page.body).toContain("bobs-phone");
    expect(await isAlive(bob.cookies)).toBe(true);
  });

  test("attack: a pass, or a password by Basic, opens no page about sessions: what a device has must not manage what outlives it", async () => {
    const pass = await createPass("alice", "phone");
    for (const credentials of [`Authorization: Bearer ${pass}`, `X-OpenClaw-Edge-Pass: ${pass}`, `Authorization: ${ALICE}`]) {
      const response = await send(raw("GET /.edge/ HTTP/1.1", [`Host: ${DOMAIN}`, credentials]));
      expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/.edge/login?next=%2F.edge%2F`]);
      expect(response.body).not.toContain("alice");
    }
  });

  test("a form that comes after its session has ended does nothing", async () => {
    const { cookies } = await signIn(shared);
    const other = await signIn(shared);
    const form = await openForm(await shared.connect(), "/.edge/", cookies);
    await send(post("/.edge/logout", { token: form.token }, form.cookies));
    const response = await send(post("/.edge/sessions/end-all", { token: form.token }, { ...form.cookies }));
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/.edge/login`]);
    expect(await isAlive(other.cookies)).toBe(true);
  });
});

test("a pass by Basic opens in a browser, too, under --login page; and not beside the cookie of a session that has ended", async () => {
  const pass = `Authorization: Basic ${Buffer.from(`alice:${await createPass("alice", "web-view")}`).toString("base64")}`;
  shared.upstream.script = answering(OK);
  expect((await send(browse("GET /", [...NAVIGATION, pass]))).status).toBe(200);
  expect((await send(browse("GET /", [...FETCH, pass]))).status).toBe(200);
  expect((await send(browse("GET /", [...NAVIGATION, pass], { [SESSION]: "signed-out" }))).status).toBe(303);
  expect((await send(browse("POST /", ["Origin: https://evil.example", pass]))).status).toBe(403);
});

describe("the account page", () => {
  test("shows who is signed in, where else, and by which passes, and no secret of any of them", async () => {
    const pass = await createPass("alice", "my-laptop");
    const { cookies, secret } = await signIn(shared);
    const response = await send(
      browse("GET /.edge/", [...NAVIGATION, "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"], cookies),
    );
    expect([response.status, response.field("cache-control")]).toEqual([200, "no-store"]);
    for (const text of ["alice", "this browser", "127.0.0.1", "my-laptop", "Never used"]) expect(response.body).toContain(text);
    expect(response.body).not.toContain(secret);
    expect(response.body).not.toContain(pass);
  });

  test("revokes a pass, at once", async () => {
    const pass = await createPass("alice", "lost-phone");
    const use = raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: Bearer ${pass}`]);
    shared.upstream.script = answering(OK);
    expect((await send(use)).status).toBe(200);
    const form = await openForm(await shared.connect(), "/.edge/", (await signIn(shared)).cookies);
    const [id = ""] = /lost-phone[^]*?name="id" value="([^"]+)"/.exec(form.page.body)?.slice(1) ?? [];
    const response = await send(post("/.edge/passes/revoke", { token: form.token, id }, form.cookies));
    expect(response.field("location")).toBe(`https://${DOMAIN}/.edge/?revoked`);
    expect((await send(use)).status).toBe(401);
  });

  test("leads whoever is not signed in to the sign-in page, and back", async () => {
    const response = await send(browse("GET /.edge/"));
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/.edge/login?next=%2F.edge%2F`]);
    expect((await send(browse("GET /.edge"))).field("location")).toBe(`https://${DOMAIN}/.edge/`);
    expect((await send(browse("GET /.edge/logout"))).field("location")).toBe(`https://${DOMAIN}/.edge/login`);
    expect((await signIn(shared, { next: "/.edge/" })).response.field("location")).toBe(`https://${DOMAIN}/.edge/`);
  });

  test("says on the sign-in page that a session has ended, and nothing to whoever signed out", async () => {
    const notice = async (value: string): Promise<string> =>
      (await send(browse("GET /.edge/login", NAVIGATION, { [SESSION]: value }))).body;
    expect(await notice("e".repeat(43))).toContain("Your session has ended");
    expect(await notice("signed-out")).toContain("You are signed out");
    expect(await notice("signed-out")).not.toContain("has ended");
  });
});
