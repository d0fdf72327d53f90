import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { connectGateway, makeDevice, type GatewayClient } from "../support/gateway-client.ts";
import { COMMAND, prepareEdge, type EdgeProcess } from "../support/gateway-edge.ts";
import { fetchHttp, openHttp, watchBody, type HttpResponse } from "../support/gateway-http.ts";
import { DEFAULT_OPENCLAW_VERSION, installedGateway } from "../support/gateway-package.ts";
import { basic, ORIGIN, PASSWORDS, PATIENCE, type Rig, type UserName } from "../support/gateway-rig.ts";
import type { Dial, FieldLines } from "../support/gateway-websocket.ts";
import { CLIENT_ADDRESS } from "../support/namespace.ts";

const PORT = 8444;
const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** What stands in ~/.openclaw/openclaw.json. */
type Config = Readonly<Record<string, unknown>>;

interface Made {
  readonly id: string;
  readonly pass: string;
}

export function passes(rig: () => Rig): void {
  /** An edge beside the suite's, reached by its address: there is no name server here, and on it alice is the owner. */
  let own: EdgeProcess;
  let through: Dial;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
    own = await prepareEdge({ directory, domain: CLIENT_ADDRESS, users: PASSWORDS, port: PORT });
    await own.start();
    through = { host: CLIENT_ADDRESS, port: PORT, tls: { servername: "", ca: own.ca }, authority: `${CLIENT_ADDRESS}:${PORT}` };
    await edge(own, "user", "scopes", "alice", "--owner");
    await edge(own, "user", "scopes", "carol", "read");
  }, 60_000);
  afterAll(async () => {
    await own?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("take OpenClaw's own command line to the Gateway with just what pass create prints, and until they are revoked", async () => {
    const place = ["--domain", CLIENT_ADDRESS, "--https-port", String(PORT)];
    const printed = await edge(own, "pass", "create", "--user", "alice", "--name", "laptop", ...place);
    const snippet = /^ {2}\{ "gateway"[^]*?\n\n/m.exec(printed)?.[0] ?? "";
    const asked = await openclaw(directory, own, JSON.parse(snippet) as Config);
    expect({ code: asked.code, said: asked.code === 0 ? "" : asked.stdout + asked.stderr }).toEqual({ code: 0, said: "" });
    expect(asked.stdout).toContain('"alice"');
    await edge(own, "pass", "revoke", "laptop");
    const revoked = await openclaw(directory, own, JSON.parse(snippet) as Config);
    expect(revoked.code).not.toBe(0);
    expect(revoked.stdout + revoked.stderr).toContain("401");
  });

  it.for([
    {
      by: "the fields of Cloudflare Access",
      fields: ({ id, pass }: Made) => ({ "CF-Access-Client-Id": id, "CF-Access-Client-Secret": pass }),
    },
    { by: "Bearer", fields: ({ pass }: Made) => ({ Authorization: `Bearer ${pass}` }) },
    { by: "Basic", fields: ({ pass }: Made) => ({ Authorization: `Basic ${Buffer.from(`alice:${pass}`).toString("base64")}` }) },
  ])("take it there by $by in gateway.remote.edgeAuth", async ({ by, fields }) => {
    const made = await create(own, "alice", by.split(" ").at(-1) ?? "");
    const auth = { mode: "trusted-proxy", trustedProxy: { userHeader: "x-forwarded-user" } };
    const remote = { url: `wss://${CLIENT_ADDRESS}:${PORT}`, edgeAuth: fields(made) };
    const { code, stdout, stderr } = await openclaw(directory, own, { gateway: { mode: "remote", auth, remote } });
    expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
    expect(stdout).toContain('"alice"');
  });

  it("end a live chat within a second of their revocation, and nobody else's", async () => {
    const { edge: suite, provider } = rig();
    const [lost, kept] = [await create(suite, "alice", "lost"), await create(suite, "alice", "kept")];
    const chat = await connectBy(rig(), lost);
    const other = await connectBy(rig(), kept);
    expect([chat.hello.ok, other.hello.ok]).toEqual([true, true]);
    const run = provider.expect("to be cut");
    const sent = await chat.request("chat.send", { sessionKey: "main", message: "to be cut", idempotencyKey: crypto.randomUUID() });
    expect(sent.error).toBeUndefined();
    const model = await run;
    const seen = chat.event("chat");
    model.say("amber ");
    await seen; // the answer is arriving
    const revoked = Date.now();
    await edge(suite, "pass", "revoke", lost.id);
    const done = Date.now();
    expect(await chat.socket.closed).toEqual({ code: 4001, reason: "signed out" });
    expect(Date.now() - done).toBeLessThan(1_000);
    expect(Date.now() - revoked).toBeLessThan(PATIENCE);
    model.end();
    expect(await other.request("users.self", {})).toMatchObject({ ok: true });
    await other.socket.close();
    await expect(connectBy(rig(), lost)).rejects.toMatchObject({ status: 401 });
  });

  it("end a stream of an OpenAI-style client within a second, down to the model", async () => {
    const { edge: suite, provider, through: dial } = rig();
    const made = await create(suite, "alice", "script");
    const run = provider.expect("to be cut, too");
    const body = JSON.stringify({ model: "openclaw", stream: true, messages: [{ role: "user", content: "to be cut, too" }] });
    const fields = [["Authorization", `Bearer ${made.pass}`], JSON_TYPE] as const;
    const { response } = await openHttp(dial, { method: "POST", path: "/v1/chat/completions", fields, body });
    const arriving = watchBody(response);
    const model = await run;
    model.say("amber ");
    await arriving.waitFor("amber", PATIENCE);
    await edge(suite, "pass", "revoke", made.id);
    const revoked = Date.now();
    expect(await arriving.ended).toBe("cut");
    expect(Date.now() - revoked).toBeLessThan(1_000);
    await model.aborted;
  });

  it("of the owner may do what takes operator.admin, and of a lesser user what he may: the Gateway refuses the rest", async () => {
    const [owners, carols] = [await create(own, "alice", "admin"), await create(own, "carol", "reader")];
    const narrow = await create(own, "alice", "narrow", "--scopes", "read,write");
    const answers = async (fields: FieldLines): Promise<readonly number[]> => [
      (await chooseModel(through, fields)).status,
      (await ask(through, fields)).status,
      (await fetchHttp(through, { path: "/v1/models", fields })).status,
    ];
    expect(await answers([basic("alice")])).toEqual([200, 200, 200]);
    expect(await answers([bearer(owners)])).toEqual([200, 200, 200]);
    expect(await answers([bearer(narrow)])).toEqual([403, 200, 200]);
    expect(await answers([bearer(carols)])).toEqual([403, 403, 200]);
    expect(await answers([basic("carol")])).toEqual([403, 403, 200]);
    const refused = await ask(through, [bearer(carols)]);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { details: { missingScope: "operator.write" } } });
  });

  it.for(["carol", "alice"] as const)("are held to their scopes over a WebSocket, whatever the client asks for: %s's", async (name) => {
    // The Gateway's own identityScopes give alice operator.admin.
    const { edge: suite } = rig();
    const made = await create(suite, name, "viewer", "--scopes", "read");
    const viewer = await connectBy(rig(), made);
    expect((await viewer.request("users.self", {})).ok).toBe(true);
    const sent = await viewer.request("chat.send", { sessionKey: "main", message: "hello", idempotencyKey: crypto.randomUUID() });
    expect(sent.ok).toBe(false);
    expect(JSON.stringify(sent.error)).toContain("operator.write");
    await viewer.socket.close();
  });
}

const bearer = ({ pass }: Made): readonly [string, string] => ["Authorization", `Bearer ${pass}`];

/** Choosing the model takes operator.admin (docs/gateway/openai-http-api.md). */
const chooseModel = (dial: Dial, fields: FieldLines): Promise<HttpResponse> => ask(dial, [...fields, ["X-OpenClaw-Model", "mock/mock-1"]]);

const ask = (dial: Dial, fields: FieldLines): Promise<HttpResponse> =>
  fetchHttp(dial, {
    method: "POST",
    path: "/v1/chat/completions",
    fields: [...fields, JSON_TYPE],
    body: JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: "hello" }] }),
  });

/** The WebSocket of a client that has a pass and no password. */
function connectBy({ through, buildId }: Rig, { pass }: Made): Promise<GatewayClient> {
  const fields = [
    ["Origin", ORIGIN],
    ["X-OpenClaw-Edge-Pass", pass],
  ] as const;
  return connectGateway({ dial: through, fields, device: makeDevice(), buildId });
}

async function create(of: EdgeProcess, user: UserName, name: string, ...more: readonly string[]): Promise<Made> {
  return JSON.parse(await edge(of, "pass", "create", "--user", user, "--name", name, "--json", ...more)) as Made;
}

/** `openclaw-edge …` beside a running edge, as its operator types it. */
async function edge({ files: { state, htpasswd } }: EdgeProcess, ...args: readonly string[]): Promise<string> {
  const place = ["--state", state, "--htpasswd", htpasswd, "--config", "off"];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPENCLAW_EDGE_")));
  const { code, stdout, stderr } = await run([COMMAND, ...args, ...place], env);
  if (code !== 0) throw new Error(`openclaw-edge ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** The real `openclaw` command line on a machine of its own, whose only way to the Gateway is the edge, asks who it is there. */
async function openclaw(directory: string, { ca }: EdgeProcess, content: Config) {
  const home = join(directory, "laptop");
  const config = join(home, ".openclaw", "openclaw.json");
  await mkdir(join(home, ".openclaw"), { recursive: true });
  await writeFile(join(home, "ca.pem"), ca);
  await writeFile(config, JSON.stringify(content), { mode: 0o600 });
  const command = installedGateway(process.env["OPENCLAW_VERSION"] ?? DEFAULT_OPENCLAW_VERSION) as string;
  return run([command, "gateway", "call", "users.self", "--json"], {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: home,
    OPENCLAW_CONFIG_PATH: config,
    OPENCLAW_STATE_DIR: join(home, ".openclaw"),
    OPENCLAW_NO_AUTO_UPDATE: "1",
    NODE_EXTRA_CA_CERTS: join(home, "ca.pem"),
  });
}

function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (octets: Buffer) => (stdout += octets.toString()));
  child.stderr.on("data", (octets: Buffer) => (stderr += octets.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
