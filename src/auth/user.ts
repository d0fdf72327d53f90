/** How somebody proved who they are: a password with the request, a cookie session, a device pass. */
export type SignInMethod = "basic" | "session" | "pass";

export interface Proof {
  readonly method: SignInMethod;
  /** What can be taken back alone: the session's or the pass's public id (never its secret). Absent for a password. */
  readonly credential?: string;
  /** The Gateway's operator scopes that this credential is held to, where it has fewer than its user. */
  readonly scopes?: readonly string[];
}

/**
 * Somebody who has proved who they are. A nominal type: only an authenticator may call `User.verified`
 * (the linter holds this room to it), and the head that goes upstream cannot be made without one.
 */
export class User {
  readonly #proof = true;
  /** The user's name as written in the users file: `[A-Za-z0-9._@+-]{1,64}`. */
  readonly name: string;
  readonly method: SignInMethod;
  readonly credential: string | undefined;
  readonly scopes: readonly string[] | undefined;

  private constructor(name: string, { method, credential, scopes }: Proof) {
    this.name = name;
    this.method = method;
    this.credential = credential;
    this.scopes = scopes;
  }

  /** Call this only with a name whose credentials have just been checked. */
  static verified(name: string, proof: Proof = PASSWORD): User {
    return new User(name, proof);
  }

  static is(value: unknown): value is User {
    return typeof value === "object" && value !== null && #proof in value;
  }
}

const PASSWORD: Proof = { method: "basic" };
