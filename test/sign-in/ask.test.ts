/** Who gets asked how. Every case is a request as such a client sends it, and nothing of it may reach the upstream. */
import { describe, expect, test } from "vitest";

import { ALICE, basic, DOMAIN, edgeForFile } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { HANDSHAKE, raw } from "../support/requests.ts";
import { FETCH, NAVIGATION, SESSION } from "../support/sign-in.ts";

const CHALLENGE = { basic: 'Basic realm="OpenClaw", charset="UTF-8"', bearer: 'Bearer realm="OpenClaw"' } as const;
/** An old browser's, from before Sec-Fetch-*. */
const OLD_NAVIGATION = ["User-Agent: Mozilla/5.0", "Accept: text/html,application/xhtml+xml"] as const;
const CURL = ["User-Agent: curl/8.14.1", "Accept: */*"] as const;
const FRAME = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe", "Accept: text/html"] as const;
const SERVICE_WORKER = [
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: same-origin",
  "Sec-Fetch-Dest: serviceworker",
  "Service-Worker: script",
] as const;
const ENDED = `Cookie: ${SESSION}=${"e".repeat(43)}`;

/** `page`: 303 to sign-in; otherwise a 401 with that challenge. */
type Answer = "page" | "basic" | "bearer";

const shared = {
  page: edgeForFile({ limits: { failedSignIns: 10_000 } }),
  basic: edgeForFile({ login: "basic", limits: { failedSignIns: 10_000 } }),
};

async function ask(
  login: "page" | "basic",
  line: string,
  fields: readonly string[],
): Promise<{ readonly answer: Answer | number; readonly location: string | undefined; readonly body: string }> {
  const client = await shared[login].connect();
  client.write(raw(`${line} HTTP/1.1`, [`Host: ${DOMAIN}`, ...fields]));
  const response = await client.response(line.split(" ")[0]);
  const challenges = response.lines.filter((each) => /^www-authenticate:/i.test(each)).map((each) => each.slice(18));
  const location = response.field("location");
  const isAsked = (kind: "basic" | "bearer"): boolean =>
    response.status === 401 && challenges.length === 1 && challenges[0] === CHALLENGE[kind];
  const isPage = response.status === 303 && location?.startsWith(`https://${DOMAIN}/.edge/login`) === true && challenges.length === 0;
  expect(response.field("cache-control")).toBe("no-store");
  return {
    answer: isPage ? "page" : isAsked("basic") ? "basic" : isAsked("bearer") ? "bearer" : response.status,
    location,
    body: response.body,
  };
}

describe.each(["page", "basic"] as const)("with --login %s", (login) => {
  test.each<readonly [string, string, readonly string[], Answer, Answer]>([
    // [who, request line, fields, with --login page, with --login basic]
    ["a navigation", "GET /", NAVIGATION, "page", "basic"],
    ["a navigation of an older browser", "GET /", OLD_NAVIGATION, "page", "basic"],
    ["a form that is sent", "POST /form", NAVIGATION, "page", "basic"],
    ["a script's fetch", "GET /api/x", FETCH, "bearer", "bearer"],
    ["a fetch of an older browser", "GET /api/x", ["Accept: */*", `Origin: https://${DOMAIN}`], "bearer", "bearer"],
    ["a fetch that accepts HTML", "GET /x", [...FETCH.slice(0, 3), "Accept: text/html"], "bearer", "bearer"],
    ["an image", "GET /x.png", ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"], "bearer", "bearer"],
    ["a frame, which no password is typed into", "GET /", FRAME, "bearer", "bearer"],
    ["a service worker", "GET /sw.js", SERVICE_WORKER, "bearer", "bearer"],
    ["a service worker of an older browser", "GET /sw.js", ["Service-Worker: script", "Accept: text/html"], "bearer", "bearer"],
    ["a WebSocket", "GET /", [...HANDSHAKE, `Origin: https://${DOMAIN}`], "bearer", "bearer"],
    ["a WebSocket of no browser", "GET /", HANDSHAKE, "bearer", "bearer"],
    ["curl", "GET /", CURL, "basic", "basic"],
    ["curl with a wrong password", "GET /", [...CURL, `Authorization: ${basic("alice", "wrong")}`], "basic", "basic"],
    ["curl with no base64", "GET /", [...CURL, "Authorization: Basic !!!"], "basic", "basic"],
    ["a client with a foreign Bearer", "GET /v1/models", [...CURL, "Authorization: Bearer sk-x"], "bearer", "bearer"],
    ["the Control UI with a saved Gateway token", "GET /api/x", [...FETCH, "Authorization: Bearer saved-token"], "bearer", "bearer"],
    ["a navigation with Bearer", "GET /", [...NAVIGATION, "Authorization: Bearer x"], "bearer", "bearer"],
    ["a navigation after its session ended", "GET /chat", [...NAVIGATION, ENDED], "page", "page"],
    ["a fetch after its session ended", "GET /api/x", [...FETCH, ENDED], "bearer", "bearer"],
    ["a WebSocket after its session ended", "GET /", [...HANDSHAKE, ENDED], "bearer", "bearer"],
    ["curl with the cookie of a session that ended", "GET /", [...CURL, ENDED], "bearer", "bearer"],
    ["the Control UI's question whether it is signed in", "HEAD /control-ui-config.json", FETCH, "page", "page"],
    ["the same below a base path", "HEAD /claw/control-ui-config.json?x", FETCH, "page", "page"],
    [
      "the same with a saved Gateway token",
      "HEAD /control-ui-config.json",
      [...FETCH, "Authorization: Bearer saved-token"],
      "page",
      "page",
    ],
    ["the same after its session ended", "HEAD /control-ui-config.json", [...FETCH, ENDED], "page", "page"],
    [
      "the same with the right password and a session that ended",
      "HEAD /control-ui-config.json",
      [...FETCH, ENDED, `Authorization: ${ALICE}`],
      "page",
      "page",
    ],
    ["the same by curl", "HEAD /control-ui-config.json", CURL, "basic", "basic"],
    ["the Control UI's configuration itself", "GET /control-ui-config.json", FETCH, "bearer", "bearer"],
  ])("%s: %s", async (_who, line, fields, withPage, withBasic) => {
    const { answer } = await ask(login, line, fields);
    expect(answer).toBe(login === "page" ? withPage : withBasic);
    expect(shared[login].upstream.peers).toHaveLength(0);
  });

  test.each<readonly [string, readonly string[]]>([
    ["a navigation", NAVIGATION],
    ["an older browser's navigation", OLD_NAVIGATION],
    ["a fetch", FETCH],
    ["a WebSocket", HANDSHAKE],
    ["curl", CURL],
  ])(
    "attack on signing out: the right password by Basic beside the cookie of a session that has ended signs %s in no more",
    async (_, fields) => {
      for (const cookie of [ENDED, `Cookie: ${SESSION}=signed-out`, `Cookie: ${SESSION}=`, `Cookie: ${SESSION}=a; ${SESSION}=b`]) {
        expect((await ask(login, "GET /", [...fields, cookie, `Authorization: ${ALICE}`])).answer).not.toBe(200);
      }
      expect(shared[login].upstream.peers).toHaveLength(0);
    },
  );

  test("clients that are no browser may send Basic", async () => {
    shared[login].upstream.script = answering(OK);
    for (const fields of [CURL, [], OLD_NAVIGATION]) expect((await ask200(login, [...fields, `Authorization: ${ALICE}`])).status).toBe(200);
  });
});

async function ask200(login: "page" | "basic", fields: readonly string[]) {
  const client = await shared[login].connect();
  client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, ...fields]));
  return await client.response();
}

describe("with --login page", () => {
  test("the way back is in the address, for a GET and nothing else", async () => {
    const login = `https://${DOMAIN}/.edge/login`;
    expect((await ask("page", "GET /chat?session=main&x=%2F", NAVIGATION)).location).toBe(
      `${login}?next=%2Fchat%3Fsession%3Dmain%26x%3D%252F`,
    );
    expect((await ask("page", "GET /", NAVIGATION)).location).toBe(login);
    expect((await ask("page", "POST /tools/invoke", NAVIGATION)).location).toBe(login);
    expect((await ask("page", "HEAD /control-ui-config.json", FETCH)).location).toBe(login);
    expect((await ask("page", "GET //evil.example", NAVIGATION)).location).toBe(login);
  });

  test("Basic from a browser is not taken: it was never asked for it, and nobody could sign out of it", async () => {
    expect((await ask("page", "GET /", [...NAVIGATION, `Authorization: ${ALICE}`])).answer).toBe("page");
    expect((await ask("page", "GET /api/x", [...FETCH, `Authorization: ${ALICE}`])).answer).toBe("bearer");
    expect(shared.page.upstream.peers).toHaveLength(0);
  });
});

describe("with --login basic", () => {
  test("the dialog's page, for whoever closes it, is the sign-in page; it leads back to where he was", async () => {
    const { answer, body } = await ask("basic", "GET /chat", NAVIGATION);
    expect(answer).toBe("basic");
    expect(body).toContain('action="/.edge/login"');
    expect(body).toContain('name="next" value="/chat"');
  });

  test("whoever signs in by the dialog gets a session with the page, and no other request makes one", async () => {
    shared.basic.upstream.script = answering(OK);
    const cookies = (lines: readonly string[]): number => lines.filter((line) => line.startsWith(`Set-Cookie: ${SESSION}=`)).length;
    const by = async (fields: readonly string[]): Promise<number> =>
      cookies((await ask200("basic", [...fields, `Authorization: ${ALICE}`])).lines);
    expect(await by(NAVIGATION)).toBe(1);
    expect(await by(OLD_NAVIGATION)).toBe(1);
    expect(await by(FETCH)).toBe(0);
    expect(await by(CURL)).toBe(0);
  });

  test("that session needs no password any more: WebKit sends none with a WebSocket", async () => {
    shared.basic.upstream.script = answering(OK);
    const page = await ask200("basic", [...NAVIGATION, `Authorization: ${ALICE}`]);
    const secret = /__Host-openclaw-edge=([\w-]{43});/.exec(page.head)?.[1] ?? "";
    expect((await ask200("basic", [...FETCH, `Cookie: ${SESSION}=${secret}`])).status).toBe(200);
  });
});
