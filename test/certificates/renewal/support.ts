/** A CA that does what a test says, behind the contract of the ACME client; and the room around a custodian. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import type {
  AcmeProtocol,
  DirectoryInfo,
  Failed,
  FailureCode,
  IssueHooks,
  IssueOutcome,
  IssueRequest,
  RenewalInfoOutcome,
  RevokeRequest,
} from "../../../src/certificates/acme/contract.ts";
import { createChallengeBoard } from "../../../src/certificates/challenge-board.ts";
import type { Finding } from "../../../src/certificates/errand/errand.ts";
import { openFileStore } from "../../../src/certificates/file-store.ts";
import { openCustodian, type Custodian } from "../../../src/certificates/renewal/custodian.ts";
import type { OperatorMessage } from "../../../src/certificates/renewal/notify.ts";
import { Offers } from "../../../src/certificates/renewal/offers.ts";
import type { Desk } from "../../../src/certificates/renewal/desk.ts";
import { Seats } from "../../../src/certificates/renewal/seats.ts";
import type { CertificateStore } from "../../../src/certificates/store.ts";
import type { AcmeServer, AcmeSettings } from "../../../src/config/acme-settings.ts";
import type { ServedName } from "../../../src/config/served-name.ts";
import { makeAuthority, makeCertificate } from "../../support/certificates.ts";
import { recordingLog, type RecordingLog } from "../../support/recording-log.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { acmeServer, wholeAcmeSettings } from "../../support/whole-config.ts";

export const NAME: ServedName = { kind: "name", value: "ai.example.com" };
export const CA = "https://ca.example/directory";
export const STAGING = "https://staging.ca.example/directory";
export const OTHER_CA = "https://other.example/directory";

const authority = await makeAuthority();

export const failure = (code: FailureCode, stage: Failed["stage"] = "order", retryAfter?: number): Failed => ({
  kind: "failed",
  stage,
  problem: { code, detail: `a made-up ${code}`, subproblems: [] },
  ...(retryAfter !== undefined && { retryAfter }),
});

/** What a CA does with an order: issue (default), or fail. */
export type Behaviour = (request: IssueRequest, hooks: IssueHooks, signal: AbortSignal) => Promise<IssueOutcome>;

/** Goes through an order as the client does, and issues. */
export const issuing =
  (days = 90, notBefore = new Date(Date.now() - 60_000)): Behaviour =>
  async (request, hooks) => {
    if (!(await hooks.ordering({ replaces: request.replaces !== undefined }))) return { ...failure("declined"), failedNames: [] };
    const [name] = request.names;
    const challenge = {
      type: "http-01",
      identifier: name,
      token: `token-${Math.random()}`.replace(".", ""),
      keyAuthorization: "x",
    } as const;
    await hooks.present(challenge);
    await hooks.cleanUp(challenge);
    const { chain, key } = await makeCertificate({ names: request.names.map(({ value }) => value), issuer: authority, days, notBefore });
    const issued = { certificate: chain, privateKey: key, profile: request.profile, proved: [{ name, challenge: "http-01" as const }] };
    await hooks.store(issued);
    return { kind: "issued", ...issued };
  };

/** Goes through an order whose validation fails, by each challenge type in turn. */
export const unreachable: Behaviour = async (request, hooks) => {
  const [name] = request.names;
  for (const type of request.challenges) {
    if (!(await hooks.ordering({ replaces: request.replaces !== undefined }))) return { ...failure("declined"), failedNames: [] };
    const challenge = { type: "http-01", identifier: name, token: "t", keyAuthorization: "x" } as const;
    await hooks.present(challenge);
    await hooks.failedAuthorization({ name, challenge: type, problem: failure("connection").problem });
    await hooks.cleanUp(challenge);
  }
  return { ...failure("connection", "authorization"), failedNames: [{ name, problem: failure("connection").problem }] };
};

export const refusing =
  (code: FailureCode, stage: Failed["stage"] = "order", retryAfter?: number): Behaviour =>
  async (request, hooks) => {
    if (!(await hooks.ordering({ replaces: request.replaces !== undefined }))) return { ...failure("declined"), failedNames: [] };
    return { ...failure(code, stage, retryAfter), failedNames: [] };
  };

export interface ScriptedCas {
  readonly protocol: AcmeProtocol;
  /** By directory; each is used up from the front, and the last one stays. Default: it issues. */
  readonly behaviour: Map<string, Behaviour[]>;
  readonly directories: Map<string, DirectoryInfo | Failed>;
  renewalInfo: (certificate: string) => RenewalInfoOutcome;
  /** Default: it succeeds. */
  registration: Failed | undefined;
  /** Default: it succeeds. */
  revocation: Failed | undefined;
  readonly revocations: RevokeRequest[];
  /** What was asked, in its order: `issue https://ca.example/directory`. */
  readonly asked: string[];
  readonly requests: IssueRequest[];
}

export function scriptedCas(): ScriptedCas {
  const behaviour = new Map<string, Behaviour[]>();
  const directories = new Map<string, DirectoryInfo | Failed>();
  const asked: string[] = [];
  const requests: IssueRequest[] = [];
  const revocations: RevokeRequest[] = [];
  const cas: ScriptedCas = {
    behaviour,
    directories,
    asked,
    requests,
    renewalInfo: () => ({ kind: "unsupported" }),
    registration: undefined,
    revocation: undefined,
    revocations,
    protocol: {
      async issue(request, hooks, signal) {
        asked.push(`issue ${request.directory.url}`);
        requests.push(request);
        const queue = behaviour.get(request.directory.url) ?? [];
        const next = (queue.length > 1 ? queue.shift() : queue[0]) ?? issuing();
        return next(request, hooks, signal);
      },
      async renewalInfo(directory, certificate) {
        asked.push(`renewalInfo ${directory.url}`);
        return cas.renewalInfo(certificate);
      },
      async revoke(request) {
        asked.push(`revoke ${request.directory.url} ${request.reason}`);
        revocations.push(request);
        return cas.revocation ?? { kind: "revoked" };
      },
      async register({ directory, account: { folder } }, hooks) {
        asked.push(`register ${directory.url}`);
        if (!(await hooks.registering({ termsOfService: "https://ca.example/terms" }))) return failure("declined", "account");
        if (cas.registration !== undefined) return cas.registration;
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, "account.json"), JSON.stringify({ url: "https://ca.example/account" }));
        return { kind: "registered", accountUrl: "https://ca.example/account" };
      },
      async directory({ url }) {
        asked.push(`directory ${url}`);
        return directories.get(url) ?? OFFER;
      },
    },
  };
  return cas;
}

export const OFFER: DirectoryInfo = {
  kind: "directory",
  termsOfService: "https://ca.example/terms",
  caaIdentities: ["ca.example"],
  externalAccountRequired: false,
  profiles: [],
  hasRenewalInfo: true,
  clockAhead: 0,
};

export const server = (directory: string, staging?: string): AcmeServer => acmeServer(directory, { staging });

export interface Room {
  readonly cas: ScriptedCas;
  readonly desk: Desk;
  readonly store: CertificateStore;
  readonly directory: string;
  readonly log: RecordingLog;
  readonly told: OperatorMessage[];
  readonly findings: Finding[];
  /** A custodian that goes away with the test. */
  open(name?: ServedName, changed?: () => void): Promise<Custodian>;
}

export async function room(
  options: { readonly settings?: Partial<AcmeSettings>; readonly directory?: string; readonly cas?: ScriptedCas } = {},
): Promise<Room> {
  const { cas = scriptedCas() } = options;
  const directory = options.directory ?? join(await scratchDirectory(), "certs");
  const log = recordingLog();
  const store = await openFileStore(directory, { timing: { beat: 50, stale: 2_000, look: 5 } });
  const told: OperatorMessage[] = [];
  const findings: Finding[] = [];
  const settings = wholeAcmeSettings({ names: [NAME], certificates: directory, servers: [server(CA, STAGING)], ...options.settings });
  const desk: Desk = {
    settings,
    store,
    board: createChallengeBoard(store, log),
    log,
    protocol: cas.protocol,
    preflight: async () => findings,
    seats: new Seats(2),
    offers: new Offers(cas.protocol),
    tell: (message) => void told.push(message),
  };
  return {
    cas,
    desk,
    store,
    directory,
    log,
    told,
    findings,
    async open(name = NAME, changed = () => {}) {
      const custodian = await openCustodian(desk, name, changed);
      onTestFinished(() => custodian.close());
      return custodian;
    },
  };
}
