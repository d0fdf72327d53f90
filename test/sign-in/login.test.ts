import { describe, expect, test } from "vitest";

import { DOMAIN, edgeForFile, edgeWith, USERS } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw } from "../support/requests.ts";
import { browse, FORM_POST, NAVIGATION, openForm, post, SESSION, signIn, withCookies } from "../support/sign-in.ts";

const shared = edgeForFile({ limits: { failedSignIns: 10_000 } });

/** Opens the page and posts what is typed, with other field lines or another form where a test says so. */
async function submit(
  fields: Readonly<Record<string, string>> = {},
  {
    lines = FORM_POST,
    cookies,
    target = "/.edge/login",
  }: { readonly lines?: readonly string[]; readonly cookies?: Record<string, string>; readonly target?: string } = {},
) {
  const client = await shared.connect();
  const form = await openForm(client);
  client.write(post(target, { token: form.token, name: "alice", password: USERS.alice, ...fields }, cookies ?? form.cookies, lines));
  return await client.response();
}

const sessionsOf = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.startsWith(`Set-Cookie: ${SESSION}=`));

describe("attack: another site posts the sign-in form (login CSRF)", () => {
  test.each([
    ["null, as a sandboxed frame or a data: page has it", "null"],
    ["a stranger's", "https://evil.example"],
    ["plain HTTP", `http://${DOMAIN}`],
    ["another port", `https://${DOMAIN}:8443`],
    ["the default port written out", `https://${DOMAIN}:443`],
    ["a sub-domain", `https://x.${DOMAIN}`],
    ["the parent domain", "https://example.com"],
    ["a trailing dot", `https://${DOMAIN}.`],
    ["a name that begins like ours", `https://${DOMAIN}.evil.example`],
    ["a user name in front", `https://${DOMAIN}@evil.example`],
    ["in upper case", `https://${DOMAIN.toUpperCase()}`],
    ["empty", ""],
    ["two", `https://${DOMAIN} https://evil.example`],
  ])("with the Origin %s: 403, and no session", async (_, origin) => {
    const lines = FORM_POST.map((line) => (line.startsWith("Origin:") ? `Origin: ${origin}` : line));
    const response = await submit({}, { lines });
    expect([response.status, sessionsOf(response.lines)]).toEqual([403, []]);
    expect(shared.log.exchanges.at(-1)?.code).toBe("cross_site");
  });

  test.each(["cross-site", "same-site", "CROSS-SITE", "unheard-of"])("with Sec-Fetch-Site: %s and no Origin: 403", async (site) => {
    const lines = FORM_POST.filter((line) => !line.startsWith("Origin:")).map((line) =>
      line.startsWith("Sec-Fetch-Site") ? `Sec-Fetch-Site: ${site}` : line,
    );
    const response = await submit({}, { lines });
    expect([response.status, sessionsOf(response.lines)]).toEqual([403, []]);
  });

  test("with two Origin lines, the first one ours: 403", async () => {
    const response = await submit({}, { lines: [...FORM_POST, "Origin: https://evil.example"] });
    expect(response.status).toBe(403);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, Record<string, string> | undefined]>([
    ["no token", { token: "" }, undefined],
    ["a token that was made up", { token: "t".repeat(43) }, undefined],
    ["the attacker's own token and cookie in the form, and the victim's browser without it", {}, {}],
    ["a token that belongs to another browser's cookie", {}, { "__Host-openclaw-edge-form": "v".repeat(22) }],
    ["a cookie of its own choosing under a weaker prefix", {}, { "__Secure-openclaw-edge-form": "v".repeat(22) }],
  ])("with %s: 403, and the page again without a password check", async (_, fields, cookies) => {
    const response = await submit(fields, cookies === undefined ? {} : { cookies });
    expect([response.status, sessionsOf(response.lines)]).toEqual([403, []]);
    expect(response.body).toContain('name="password"');
    expect(shared.log.failedSignIns).toEqual([]);
    expect(shared.log.exchanges.at(-1)?.code).toBe("form_foreign");
  });

  test("a client without any browser's fields still needs the token that it was shown", async () => {
    const plain = ["Content-Type: application/x-www-form-urlencoded"];
    expect((await submit({}, { lines: plain })).status).toBe(303);
    expect((await submit({ token: "" }, { lines: plain })).status).toBe(403);
  });
});

describe("attack: session fixation", () => {
  test("an id that was planted before is not the one after sign-in", async () => {
    const planted = "p".repeat(43);
    const { secret } = await signIn(shared, { cookies: { [SESSION]: planted } });
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(secret).not.toBe(planted);
    const client = await shared.connect();
    client.write(browse("GET /", NAVIGATION, { [SESSION]: planted }));
    expect((await client.response()).status).toBe(303);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("attack: the attacker's own live session, planted, is neither the victim's afterwards nor alive", async () => {
    shared.upstream.script = answering(OK);
    const mallory = await signIn(shared, { name: "bob" });
    const client = await shared.connect();
    const form = await openForm(client);
    client.write(
      post("/.edge/login", { token: form.token, name: "alice", password: USERS.alice }, { ...form.cookies, [SESSION]: mallory.secret }),
    );
    const alice = withCookies({}, await client.response())[SESSION] ?? "";
    expect(alice).not.toBe(mallory.secret);
    client.write(browse("GET /", NAVIGATION, { [SESSION]: mallory.secret }));
    expect((await client.response()).status).toBe(303);
    client.write(browse("GET /", NAVIGATION, { [SESSION]: alice }));
    expect((await client.response()).status).toBe(200);
    expect(shared.upstream.text).toContain("X-Forwarded-User: alice\r\n");
  });

  test("every sign-in has another id", async () => {
    const [first, second] = [await signIn(shared), await signIn(shared)];
    expect(first.secret).not.toBe(second.secret);
  });
});

describe("attack: an open redirect", () => {
  test.each([
    ["//evil.example", "/"],
    ["///evil.example", "/"],
    ["/\\evil.example", "/"],
    ["\\\\evil.example", "/"],
    ["https:evil.example", "/"],
    ["https:/evil.example", "/"],
    ["https://evil.example/", "/"],
    ["HTTPS://evil.example/", "/"],
    ["javascript:alert(1)", "/"],
    ["evil.example", "/"],
    ["", "/"],
    ["?x", "/"],
    ["/\t/evil.example", "/"],
    ["/\n/evil.example", "/"],
    ["\t//evil.example", "/"],
    [" //evil.example", "/"],
    ["/\r\nSet-Cookie: a=b", "/"],
    ["/\u0000", "/"],
    ["/\u3000", "/"],
    ["/..//evil.example", "/"],
    ["/.//evil.example", "/"],
    ["/%2e%2e//evil.example", "/"],
    ["/a/..//evil.example", "/"],
    ["/.edge/login?next=/", "/"],
    ["/.edge/logout", "/"],
    ["/.edge/./login", "/"],
    [`/${"a".repeat(3_000)}`, "/"],
    ["@evil.example", "/"],
    ["/@evil.example", "/@evil.example"],
    ["/%2f/evil.example", "/%2f/evil.example"],
    ["/%5cevil.example", "/%5cevil.example"],
    ["/chat?session=main&x=%20#top", "/chat?session=main&x=%20#top"],
    ["/.edge/", "/.edge/"],
  ])("next=%j leads to %j of this very origin, from the form and from the page", async (next, expected) => {
    const { response } = await signIn(shared, { next });
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}${expected}`]);

    const { cookies } = await signIn(shared);
    const client = await shared.connect();
    client.write(browse(`GET /.edge/login?next=${encodeURIComponent(next)}`, NAVIGATION, cookies));
    expect((await client.response()).field("location")).toBe(`https://${DOMAIN}${expected}`);
  });

  test("of two nexts in the address none leads elsewhere, and a broken percent-encoding leads nowhere", async () => {
    const { cookies } = await signIn(shared);
    const client = await shared.connect();
    for (const query of ["next=%2Fa&next=%2F%2Fevil.example", "next=%E0%A4", "next=%", "next"]) {
      client.write(browse(`GET /.edge/login?${query}`, NAVIGATION, cookies));
      const location = (await client.response()).field("location") ?? "";
      expect(new URL(location).host).toBe(DOMAIN);
    }
  });

  test("markup in next and in a name stays text", async () => {
    const attack = `/"><script>alert(1)</script>`;
    const client = await shared.connect();
    const form = await openForm(client, `/.edge/login?next=${encodeURIComponent(attack)}`);
    client.write(post("/.edge/login", { token: form.token, name: attack, password: "x", next: attack }, form.cookies));
    const again = await client.response();
    for (const page of [form.page, again]) expect(page.body).not.toContain("<script");
    expect(again.status).toBe(401);
  });
});

describe("bad posts", () => {
  test.each([
    ["text/plain, which other sites may post", "text/plain"],
    ["multipart", "multipart/form-data; boundary=x"],
    ["JSON", "application/json"],
    ["another charset", "application/x-www-form-urlencoded; charset=utf-16"],
    ["something that only begins like a form", "application/x-www-form-urlencoded2"],
  ])("content of type %s: 415", async (_, type) => {
    const lines = FORM_POST.map((line) => (line.startsWith("Content-Type:") ? `Content-Type: ${type}` : line));
    expect((await submit({}, { lines })).status).toBe(415);
  });

  test("no content type, or two: 415", async () => {
    const lines = FORM_POST.filter((line) => !line.startsWith("Content-Type:"));
    expect((await submit({}, { lines })).status).toBe(415);
    expect((await submit({}, { lines: [...FORM_POST, "Content-Type: application/x-www-form-urlencoded"] })).status).toBe(415);
  });

  test("a charset of UTF-8 is what everybody means", async () => {
    const lines = FORM_POST.map((line) => (line.startsWith("Content-Type:") ? `${line};charset=UTF-8` : line));
    expect((await submit({}, { lines })).status).toBe(303);
  });

  test("a body of 1 MB is answered 413 before it has come, and the connection ends", async () => {
    const client = await shared.connect();
    const form = await openForm(client);
    client.write(browse("POST /.edge/login", [...FORM_POST, "Content-Length: 1048576"], form.cookies));
    expect((await client.response()).status).toBe(413);
    await client.end();
  });

  test("a chunked body beyond the bound, too", async () => {
    const client = await shared.connect();
    const form = await openForm(client);
    client.write(browse("POST /.edge/login", [...FORM_POST, "Transfer-Encoding: chunked"], form.cookies));
    for (let chunk = 0; chunk < 5; chunk += 1) client.write(`1000\r\n${"a".repeat(4_096)}\r\n`);
    expect((await client.response()).status).toBe(413);
    await client.end();
  });

  test.each([
    ["a broken percent-encoding", "name=alice&password=%4"],
    ["octets that are no UTF-8", "name=alice&password=%FF%FE"],
    ["raw octets above ASCII", "name=alice&password=\u00e9"],
    ["a field twice", "name=alice&name=bob&password=x"],
    ["very many fields", Array.from({ length: 100 }, (_, index) => `f${index}=`).join("&")],
    ["NUL", "name=alice&password=\u0000"],
  ])("%s: 400", async (_, body) => {
    const client = await shared.connect();
    client.write(browse("POST /.edge/login", [...FORM_POST, `Content-Length: ${body.length}`], {}, body));
    expect((await client.response()).status).toBe(400);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s is not taken: 405, with what is (RFC 9110 §15.5.6)", async (method) => {
    const client = await shared.connect();
    client.write(browse(`${method} /.edge/login`, FORM_POST));
    const response = await client.response();
    expect([response.status, response.field("allow")]).toEqual([405, "GET, HEAD, POST"]);
  });

  test("a password in the address is not looked at: GET never signs in", async () => {
    const client = await shared.connect();
    client.write(browse(`GET /.edge/login?name=alice&password=${encodeURIComponent(USERS.alice)}`));
    const response = await client.response();
    expect([response.status, sessionsOf(response.lines)]).toEqual([200, []]);
  });
});

describe("signing in", () => {
  test("begins a session and leads on, with the cookie as OWASP has it", async () => {
    const { response } = await signIn(shared, { next: "/chat?session=main" });
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/chat?session=main`]);
    expect(sessionsOf(response.lines)).toEqual([
      expect.stringMatching(/^Set-Cookie: __Host-openclaw-edge=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000$/),
    ]);
    expect(response.lines.filter((line) => line.startsWith("Set-Cookie: __Host-openclaw-edge-device="))).toHaveLength(1);
    expect(response.field("cache-control")).toBe("no-store");
  });

  test.each([
    ["a wrong password", "alice", "wrong"],
    ["a name that does not exist", "nobody", USERS.alice],
    ["another user's password", "bob", USERS.alice],
    ["an empty password", "alice", ""],
    ["an empty name", "", USERS.alice],
    ["a password of 73 octets", "alice", "p".repeat(73)],
    ["a password with NUL", "alice", "correct\u0000horse"],
    ["a name that no user can have", "alice, mallory", USERS.alice],
  ])("%s: 401 with the page again, which says the same of each and asks by no dialog", async (_, name, password) => {
    const response = await submit({ name, password, next: "/chat" });
    expect([response.status, response.field("www-authenticate"), sessionsOf(response.lines)]).toEqual([401, 'Bearer realm="OpenClaw"', []]);
    expect(response.body).toContain("The user name or the password is not right.");
    expect(response.body).toContain('name="next" value="/chat"');
    expect(response.body).not.toContain("horse");
    expect(shared.log.failedSignIns).toMatchObject([{ method: "page", reason: "wrong", client: "127.0.0.1" }]);
  });

  test("a name that does not exist is not written to the log: it may be a password", async () => {
    await submit({ name: "my-password-in-the-wrong-field" });
    expect(JSON.stringify([shared.log.failedSignIns, shared.log.exchanges, shared.log.entries])).not.toContain("my-password");
  });

  test("spaces around a name are a phone's doing", async () => {
    expect((await submit({ name: " alice " })).status).toBe(303);
  });

  test("a password may hold anything that UTF-8 can write", async () => {
    const password = "pä ss+wörd&=%日本";
    const edge = await edgeWith(answering(OK), { users: { alice: password } });
    expect((await signIn(edge, { password })).response.status).toBe(303);
  });

  test("whoever is signed in already is led on without being asked again", async () => {
    const { cookies } = await signIn(shared);
    const client = await shared.connect();
    client.write(browse("GET /.edge/login?next=%2Fchat", NAVIGATION, cookies));
    const response = await client.response();
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/chat`]);
  });
});

test("the page is stored nowhere, framed by nobody, loads nothing, and posts only to its own origin", async () => {
  const { page } = await openForm(await shared.connect());
  expect(page.status).toBe(200);
  expect([page.field("cache-control"), page.field("referrer-policy"), page.field("x-content-type-options")]).toEqual([
    "no-store",
    "same-origin",
    "nosniff",
  ]);
  const policy = page.field("content-security-policy") ?? "";
  for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
    expect(policy).toContain(part);
  expect(policy).not.toContain("unsafe");
  expect(page.body).not.toMatch(/<script|\sstyle=|\son\w+=|https?:\/\//);
  for (const part of ['autocomplete="username"', 'autocomplete="current-password"', 'autocapitalize="none"'])
    expect(page.body).toContain(part);
});

test.each([
  [undefined, "en", "Sign in"],
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "登录"],
  ["en-US,en;q=0.9,zh;q=0.8", "en", "Sign in"],
  ["fr", "en", "Sign in"],
])("Accept-Language: %s gets %s", async (accepted, language, text) => {
  const client = await shared.connect();
  client.write(browse("GET /.edge/login", [...NAVIGATION, ...(accepted === undefined ? [] : [`Accept-Language: ${accepted}`])]));
  const { body } = await client.response();
  const page = Buffer.from(body, "latin1").toString();
  expect(page).toContain(`<html lang="${language}">`);
  expect(page).toContain(`<h1>${text} `);
});

test("an error speaks a person's own language on a page, and English in a line of text, which is searched for", async () => {
  const client = await shared.connect();
  const ask = async (...fields: readonly string[]): Promise<string> => {
    client.write(browse("GET /.edge/nothing", fields));
    return Buffer.from((await client.response()).body, "latin1").toString();
  };
  const chinese = "Accept-Language: zh-CN,zh;q=0.9";
  expect(await ask("Accept: text/html", chinese)).toMatch(/<html lang="zh-CN">[^]*<h1>没有这个页面<[^]*edge 没有这个页面。[^]*状态 404/);
  expect(await ask("Accept: text/html")).toMatch(/<html lang="en">[^]*<h1>There is no such page<[^]*Status 404/);
  expect(await ask("Accept: text/html")).toContain(`<a href="https://${DOMAIN}/">`); // no dead end
  expect(await ask("Accept: */*", chinese)).toMatch(/^There is no such page: The edge has no such page\./);
});

test.each(["/.edge/nothing", "/.edge/login/", "/.edge//login", "/.edge/../login", "/.edge/login;x", "/.edge/%6cogin"])(
  "%s is the edge's own and not there: 404, signed in or not, and never forwarded",
  async (target) => {
    const { cookies } = await signIn(shared);
    const client = await shared.connect();
    for (const jar of [cookies, {}]) {
      client.write(browse(`GET ${target}`, NAVIGATION, jar));
      expect((await client.response()).status).toBe(404);
    }
    expect(shared.upstream.peers).toHaveLength(0);
  },
);

test("a WebSocket to one of the edge's pages is refused, too", async () => {
  const { cookies } = await signIn(shared);
  const client = await shared.connect();
  const handshake = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  client.write(raw("GET /.edge/login HTTP/1.1", [`Host: ${DOMAIN}`, ...handshake, `Cookie: ${SESSION}=${cookies[SESSION]}`]));
  expect((await client.response()).status).toBe(404);
  expect(shared.upstream.peers).toHaveLength(0);
});
