import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

import { openWebSocket, type Dial, type FieldLines, type WebSocketClient } from "./gateway-websocket.ts";

/** An Ed25519 key that the Gateway knows a client by. Keep one: every new one leaves an approved device behind. */
export interface Device {
  /** Hex SHA-256 of the raw public key. */
  readonly id: string;
  /** The raw key, base64url. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function makeDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  // The raw key is the last 32 octets of its SubjectPublicKeyInfo (RFC 8410 §4).
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return { id: createHash("sha256").update(raw).digest("hex"), publicKey: raw.toString("base64url"), privateKey };
}

/** A response of the Gateway's protocol 4. */
export interface GatewayResponse {
  readonly id: string;
  readonly ok: boolean;
  readonly payload: Record<string, unknown>;
  readonly error: { readonly code?: string; readonly message?: string; readonly details?: Record<string, unknown> };
}

/** One row of `snapshot.presence`: who is connected, as the Gateway saw it. */
export interface Presence {
  readonly deviceId?: string;
  readonly [field: string]: unknown;
}

export interface GatewayClient {
  readonly socket: WebSocketClient;
  readonly device: Device;
  /** The answer to `connect`. */
  readonly hello: GatewayResponse;
  /** Our own row in hello-ok's presence. */
  readonly presence: Presence | undefined;
  request(method: string, params: unknown): Promise<GatewayResponse>;
  /** The next event of this name. */
  event(name: string): Promise<Record<string, unknown>>;
}

export interface ConnectOptions {
  readonly dial: Dial;
  readonly fields: FieldLines;
  readonly device: Device;
  /** `serverBuildId` of GET /control-ui-config.json. */
  readonly buildId: string;
  readonly path?: string;
  readonly scopes?: readonly string[];
  /** What the client itself has to show: `hello-ok.auth.deviceToken` of an earlier connection, or on the same machine the password. */
  readonly auth?: { readonly deviceToken?: string; readonly password?: string };
}

const SCOPES = ["operator.read", "operator.write", "operator.approvals", "operator.questions"];
const CLIENT = { id: "openclaw-control-ui", version: "test", platform: "linux", mode: "webchat" };

/**
 * Opens a WebSocket and makes the `connect` request. A 101 proves nothing, the Gateway sends it to strangers too: look at `hello.ok`.
 *
 * @throws HandshakeRefused when the answer is not 101.
 */
export async function connectGateway({
  dial,
  fields,
  device,
  buildId,
  path = "/",
  scopes = SCOPES,
  auth = {},
}: ConnectOptions): Promise<GatewayClient> {
  const socket = await openWebSocket(dial, path, fields);
  const answers = new Map<string, (response: GatewayResponse) => void>();
  const listeners = new Map<string, ((payload: Record<string, unknown>) => void)[]>();
  const failed = socket.closed.then(({ code, reason }) => {
    throw new Error(`The WebSocket closed: ${code} ${reason}`);
  });
  failed.catch(() => {});

  const event = (name: string): Promise<Record<string, unknown>> =>
    Promise.race([
      failed,
      new Promise<Record<string, unknown>>((resolve) => listeners.set(name, [...(listeners.get(name) ?? []), resolve])),
    ]);
  let count = 0;
  const request = async (method: string, params: unknown): Promise<GatewayResponse> => {
    const id = `r${(count += 1)}`;
    const answer = new Promise<GatewayResponse>((resolve) => answers.set(id, resolve));
    await socket.send(JSON.stringify({ type: "req", id, method, params }));
    try {
      return await Promise.race([answer, failed]);
    } finally {
      answers.delete(id);
    }
  };

  const challenged = event("connect.challenge");
  // Only now: what came together with the 101 is delivered at once, and the challenge may be in it.
  socket.onMessage = (text) => {
    const message = JSON.parse(text) as GatewayResponse & { readonly type: string; readonly event: string };
    if (message.type === "res") answers.get(message.id)?.(message);
    for (const listener of listeners.get(message.event)?.splice(0) ?? []) listener(message.payload);
  };
  const challenge = await challenged;
  const nonce = String(challenge["nonce"]);
  const signedAt = Number(challenge["ts"]);
  const hello = await request("connect", {
    minProtocol: 4,
    maxProtocol: 4,
    client: { ...CLIENT, buildId },
    role: "operator",
    scopes,
    caps: [],
    commands: [],
    permissions: {},
    locale: "en",
    userAgent: "openclaw-edge test",
    auth,
    device: {
      id: device.id,
      publicKey: device.publicKey,
      signature: signature({ device, scopes, signedAt, nonce, token: auth.deviceToken ?? "" }),
      signedAt,
      nonce,
    },
  });
  const snapshot = (hello.payload?.["snapshot"] ?? {}) as { readonly presence?: readonly Presence[] };
  return { socket, device, hello, presence: snapshot.presence?.find((row) => row.deviceId === device.id), request, event };
}

interface Signed {
  readonly device: Device;
  readonly scopes: readonly string[];
  readonly signedAt: number;
  readonly nonce: string;
  readonly token: string;
}

/** `v3|deviceId|clientId|mode|role|scopes|signedAt|token|nonce|platform|deviceFamily`; the family is empty. */
function signature({ device, scopes, signedAt, nonce, token }: Signed): string {
  const text = ["v3", device.id, CLIENT.id, CLIENT.mode, "operator", scopes.join(","), signedAt, token, nonce, CLIENT.platform, ""].join(
    "|",
  );
  return sign(null, Buffer.from(text), device.privateKey).toString("base64url");
}
