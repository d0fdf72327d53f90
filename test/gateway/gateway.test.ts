/** One Gateway for the whole suite: it takes 12 to 27 s to start. The last two suites stop things; their order matters. */
import { afterAll, beforeAll, describe } from "vitest";

import { skipReason, startRig, type Rig } from "../support/gateway-rig.ts";
import { api } from "./api.ts";
import { chromium } from "./chromium.ts";
import { controlUi } from "./control-ui.ts";
import { exemptions } from "./exemptions.ts";
import { identity } from "./identity.ts";
import { outage } from "./outage.ts";
import { scopes } from "./scopes.ts";
import { passes } from "./passes.ts";
import { shutdown } from "./shutdown.ts";
import { signIn } from "./sign-in.ts";
import { startIdleSocket, webSocket } from "./web-socket.ts";

const reason = skipReason();

describe.skipIf(reason !== undefined)(`Through the edge to the real Gateway${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let running: Rig;
  const rig = (): Rig => running;

  beforeAll(async () => {
    running = await startRig();
    await startIdleSocket(running);
  }, 240_000);
  afterAll(() => running?.close());

  describe("the Control UI", () => controlUi(rig));
  describe("sign-in", () => signIn(rig));
  describe("identity and scopes", () => identity(rig));
  describe("what is open without a sign-in", () => exemptions(rig));
  describe("device passes", () => passes(rig));
  describe("the HTTP APIs", () => api(rig));
  describe("in Chromium", () => chromium(rig));
  describe("the WebSocket", () => webSocket(rig));
  describe("scopes by user", () => scopes(rig));
  describe("a Gateway that goes and comes back", () => outage(rig));
  describe("an edge that stops", () => shutdown(rig));
});
