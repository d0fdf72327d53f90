/** Stands in the edge's place: obtains what it is told over IPC, asks for its renewal window, revokes it, and says what it has loaded. */
import { once } from "node:events";
import { registerHooks } from "node:module";

import type { IssueHooks, IssueRequest } from "../../src/certificates/acme/contract.ts";

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});

const [request] = (await once(process, "message")) as [IssueRequest];
const { acmeProtocol } = await import("../../src/certificates/acme/issuer.ts");
const hooks: IssueHooks = {
  registering: async () => true,
  ordering: async () => true,
  present: async () => {},
  cleanUp: async () => {},
  failedAuthorization: async () => {},
  store: async () => {},
  notice: () => {},
};
const acme = acmeProtocol();
const { signal } = new AbortController();
const issued = await acme.issue(request, hooks, signal);
const certificate = issued.kind === "issued" ? issued.certificate : "";
const window = await acme.renewalInfo(request.directory, certificate, signal);
const revoked = await acme.revoke({ directory: request.directory, account: request.account, certificate }, signal);
const builtIn = (process as unknown as { moduleLoadList: readonly string[] }).moduleLoadList;
process.send?.({ outcomes: [issued.kind, window.kind, revoked.kind], loaded: [...loaded, ...builtIn] });
