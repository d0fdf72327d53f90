/** Sign-in in a real WebKit, which sends no Basic credentials with a WebSocket (WebKit bug 80362). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startDemoUpstream } from "../../src/demo/upstream.ts";
import { startEdge, USERS, type TestEdge } from "../support/edge.ts";
import { missingWebKit, startWebKit, type WebKit } from "../support/webkit.ts";

const missing = missingWebKit();
if (missing !== undefined) console.error(`\n*** SKIPPED: sign-in in WebKit: ${missing}. ***\n`);

describe.skipIf(missing !== undefined)("sign-in in WebKit", () => {
  const stack = new AsyncDisposableStack();
  let edge: TestEdge;
  let webkit: WebKit;
  let origin: string;

  beforeAll(async () => {
    const upstream = await startDemoUpstream();
    stack.defer(() => upstream.close());
    edge = await startEdge({ upstream: upstream.target, domains: [{ kind: "name", value: "localhost" }] });
    stack.defer(() => edge.close());
    webkit = stack.use(await startWebKit());
    origin = `https://localhost:${edge.port}`;
  });
  afterAll(() => stack.disposeAsync());

  const submit = async (name: string, password: string): Promise<void> => {
    await webkit.type("#name", name);
    await webkit.type("#password", password);
    await webkit.click("button[type=submit]");
  };

  it("sends a navigation to the page, and says there that a password is wrong", async () => {
    await webkit.open(`${origin}/?x=1`);
    expect(await webkit.url()).toBe(`${origin}/.edge/login?next=%2F%3Fx%3D1`);
    await webkit.screenshot("webkit-sign-in");
    await submit("alice", "wrong");
    await expect.poll(() => webkit.text("[role=alert]")).toContain("not right");
    expect(await webkit.evaluate("document.querySelector('#name').value")).toBe("alice");
  });

  it("signs in, and the WebSocket opens by the cookie alone", async () => {
    await webkit.evaluate("document.querySelector('#name').value = ''");
    await submit("alice", USERS.alice);
    await expect.poll(() => webkit.url()).toBe(`${origin}/?x=1`);
    expect(await webkit.text("h1")).toBe("Hello, alice");
    await expect.poll(() => webkit.text("#websocket .state")).toBe("open");
    await webkit.screenshot("webkit-demo");
  });

  it("posts forms with an Origin that is taken for its own, and signs out", async () => {
    await webkit.open(`${origin}/.edge/`);
    expect(await webkit.text("main")).toContain("this browser");
    await webkit.screenshot("webkit-account");
    await webkit.click(".person button");
    await expect.poll(() => webkit.url()).toBe(`${origin}/.edge/login`);
    expect(await webkit.text("[role=status]")).toBe("You are signed out.");
    await webkit.open(`${origin}/`);
    expect(await webkit.url()).toBe(`${origin}/.edge/login`);
  });

  it("sees its WebSocket closed with 4001 when the password is changed", async () => {
    await submit("alice", USERS.alice);
    await expect.poll(() => webkit.url()).toBe(`${origin}/`);
    await expect.poll(() => webkit.text("#websocket .state")).toBe("open");
    await edge.setUsers({ ...USERS, alice: "another one" });
    await expect.poll(() => webkit.text("#websocket li:last-child"), { timeout: 3_000 }).toBe("closed with 4001: signed out");
  });
});
