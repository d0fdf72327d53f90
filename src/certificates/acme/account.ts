/** The account at one CA (RFC 8555 §7.3): its key is on disk before the CA hears of it, so a killed registration is found again. */
import { join } from "node:path";

import type { AcmeClient, Signed } from "./client.ts";
import type { AcmeAccount, RegisterHooks } from "./contract.ts";
import { failure, hasCode } from "./failure.ts";
import { oneOf, shape, text, type Guard } from "./guard.ts";
import { asHttpsUrl, asRecord, isHttpsUrl, parseJson } from "./json.ts";
import { isPrivateKey, makePrivateKey, openSigner, type Signer } from "./jws.ts";
import { readKept, writeKept } from "./kept-file.ts";
import { locationOf } from "./transport.ts";

export interface OpenAccount extends Signed {
  readonly url: string;
  readonly signer: Signer;
  readonly by: { readonly accountUrl: string };
  /** The CA's list of this account's orders (§7.1.2.1); undefined: it keeps none, as Let's Encrypt. */
  orders(): Promise<string | undefined>;
  /** Registers the saved key anew: the CA does not know the account any more. */
  registerAgain(): Promise<OpenAccount>;
}

/** `account.json` */
interface AccountFile {
  readonly version: 1;
  readonly directory: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** Undefined: the CA may or may not have heard of the key. */
  readonly url?: string;
  readonly email?: string;
  /** What the operator agreed to, and when. */
  readonly terms?: { readonly url: string; readonly agreed: string };
}

/** What was said at the registration, or is said now. */
export interface AccountContext {
  readonly client: AcmeClient;
  readonly directoryUrl: string;
  readonly account: AcmeAccount;
  readonly hooks: RegisterHooks;
}

/** The account of the saved key; registered when need be. */
export async function openAccount(context: AccountContext): Promise<OpenAccount> {
  const { account, client, hooks } = context;
  const path = join(account.folder, "account.json");
  const file = await openFile(context, path);
  const { url, key } = file;
  const signer = await openSigner(key);
  const opened: OpenAccount = {
    url,
    signer,
    by: { accountUrl: url },
    async orders() {
      const answer = await client.fetch(url, opened);
      return asHttpsUrl(asRecord(parseJson(answer.text))?.["orders"]);
    },
    async registerAgain() {
      hooks.notice({ code: "accountLost", path });
      const { url: _lost, ...kept } = file;
      await writeKept(path, kept);
      return openAccount(context);
    },
  };
  if (account.email === undefined || account.email === file.email) return opened;
  try {
    await client.post(url, { contact: contactOf(account) }, opened);
  } catch (error) {
    if (hasCode(error, "accountDoesNotExist")) return opened.registerAgain();
    throw error;
  }
  await writeKept(path, { ...file, email: account.email });
  return opened;
}

async function openFile(context: AccountContext, path: string): Promise<Registered> {
  const { directoryUrl, hooks } = context;
  const found = await readKept(path, decodeAccount, hooks.notice);
  if (found !== undefined && found.directory !== directoryUrl) {
    throw failure("files", `${path} belongs to another CA (${found.directory}).`);
  }
  if (found !== undefined) return isRegistered(found) ? found : register(context, path, found, true);
  const fresh: AccountFile = { version: 1, directory: directoryUrl, key: makePrivateKey() };
  await writeKept(path, fresh);
  return register(context, path, fresh, false);
}

const isRegistered = (file: AccountFile): file is Registered => file.url !== undefined;

type Registered = AccountFile & { readonly url: string };

async function register(context: AccountContext, path: string, file: AccountFile, mayExist: boolean): Promise<Registered> {
  const { client, account, hooks } = context;
  const { newAccount, termsOfService, externalAccountRequired } = client.directory;
  const signed: Signed = { signer: await openSigner(file.key), by: "key" };
  const existing = mayExist ? await findExisting(client, signed) : undefined;
  if (existing !== undefined) return save(path, { ...file, url: existing });

  const { externalAccount } = account;
  if (externalAccountRequired && externalAccount === undefined) {
    throw failure("externalAccountMissing", "The CA takes no account without an external account binding.");
  }
  if (!(await hooks.registering({ termsOfService }))) throw failure("declined", "The registration was not agreed to.");
  // Written before it is said: what the CA may hold as agreed must be on record here.
  const agreed: AccountFile = {
    ...file,
    ...(termsOfService !== undefined && { terms: { url: termsOfService, agreed: new Date().toISOString() } }),
  };
  await writeKept(path, agreed);
  const payload = {
    ...(termsOfService !== undefined && { termsOfServiceAgreed: true }),
    ...(account.email !== undefined && { contact: contactOf(account) }),
    ...(externalAccount !== undefined && {
      externalAccountBinding: await signed.signer.bind(
        { keyIdentifier: externalAccount.keyIdentifier, macKey: decodeMacKey(externalAccount.macKey) },
        newAccount,
      ),
    }),
  };
  const url = locationOf(await client.post(newAccount, payload, signed));
  return save(path, { ...agreed, url, ...(account.email !== undefined && { email: account.email }) });
}

/** A registration was cut short: the CA may have made the account (§7.3.1). */
async function findExisting(client: AcmeClient, signed: Signed): Promise<string | undefined> {
  try {
    return locationOf(await client.post(client.directory.newAccount, { onlyReturnExisting: true }, signed));
  } catch (error) {
    if (hasCode(error, "accountDoesNotExist")) return undefined;
    throw error;
  }
}

async function save(path: string, file: Registered): Promise<Registered> {
  await writeKept(path, file);
  return file;
}

const contactOf = ({ email }: AcmeAccount): readonly string[] => (email === undefined ? [] : [`mailto:${email}`]);

function decodeMacKey(macKey: string): Uint8Array {
  const bytes = Buffer.from(macKey, "base64url");
  if (bytes.length < 16) throw failure("externalAccountMissing", "The external account's MAC key is not base64url, or too short.");
  return bytes;
}

const isAccountFile: Guard<AccountFile> = shape(
  { version: oneOf(1), directory: text, key: text },
  { url: text, email: text, terms: shape({ url: text, agreed: text }) },
);

const decodeAccount = (value: unknown): AccountFile | undefined =>
  isAccountFile(value) && isPrivateKey(value.key) && (value.url === undefined || isHttpsUrl(value.url)) ? value : undefined;
