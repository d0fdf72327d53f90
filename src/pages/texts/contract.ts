import type { ErrorCode } from "../../errors.ts";

/** What the pages for people say. Plain text: whoever renders it escapes. */
export interface Texts {
  readonly tagline: string;
  readonly signIn: {
    readonly title: string;
    /** @param host the name that was opened */
    readonly lead: (host: string) => string;
    readonly name: string;
    readonly password: string;
    readonly submit: string;
    readonly wrong: string;
    readonly throttled: (wait: string) => string;
    readonly busy: string;
    readonly ended: string;
    readonly signedOut: string;
    readonly formExpired: string;
    readonly noCookies: string;
    readonly help: string;
  };
  readonly signOut: {
    readonly title: string;
    readonly lead: (name: string) => string;
    readonly submit: string;
    readonly stay: string;
  };
  readonly account: {
    readonly title: string;
    readonly open: string;
    readonly signOut: string;
    readonly sessions: string;
    readonly sessionsLead: string;
    readonly thisOne: string;
    readonly unknownBrowser: string;
    readonly agent: (browser: string, system: string) => string;
    readonly used: (when: string, address: string) => string;
    readonly began: (when: string) => string;
    readonly end: string;
    /** For somebody who can't see which button belongs to what. */
    readonly endNamed: (what: string) => string;
    readonly passes: string;
    readonly passesLead: string;
    readonly noPasses: string;
    readonly passUsed: (when: string) => string;
    readonly passUnused: string;
    readonly passExpires: (when: string) => string;
    readonly passForever: string;
    readonly revoke: string;
    readonly revokeNamed: (what: string) => string;
    readonly everywhere: string;
    readonly everywhereLead: string;
    readonly ended: string;
    readonly revoked: string;
  };
  readonly wait: (seconds: number) => string;
  readonly now: string;
  readonly errors: {
    readonly whatToDo: string;
    readonly status: (status: number) => string;
    readonly logId: string;
    /** What happened, in a few words: by status, and by code where the status alone would say something else. */
    readonly titles: Readonly<Record<number, string>>;
    readonly titlesOf: Partial<Readonly<Record<ErrorCode, string>>>;
    /** What happened, in one sentence. */
    readonly message: (code: ErrorCode) => string;
    /** The one thing to do, where there is one. */
    readonly advice: Partial<Readonly<Record<ErrorCode, string>>>;
    /** `adviceOfReloading`: on a page that loads again by itself. */
    readonly gatewayDown: { readonly title: string; readonly message: string; readonly advice: string; readonly adviceOfReloading: string };
    readonly loopback: {
      readonly title: string;
      /** @param origin the address that was opened */
      readonly message: (origin: string) => string;
      readonly advice: string;
      /** Before addresses that work. */
      readonly adviceOfAddresses: string;
    };
    readonly throttled: { readonly title: string; readonly message: string; readonly advice: (wait: string) => string };
    readonly busy: { readonly title: string; readonly message: string; readonly advice: (wait: string) => string };
    readonly certificate: { readonly title: string; readonly message: string; readonly advice: string; readonly adviceOfReloading: string };
  };
}
