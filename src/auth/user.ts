/**
 * Somebody who has proved who they are. A nominal type: only an authenticator may call `User.verified`
 * (the linter holds this room to it), and the head that goes upstream cannot be made without one.
 */
export class User {
  readonly #proof = true;
  /** The user's name as written in the users file: `[A-Za-z0-9._@+-]{1,64}`. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Call this only with a name whose credentials have just been checked. */
  static verified(name: string): User {
    return new User(name);
  }

  static is(value: unknown): value is User {
    return typeof value === "object" && value !== null && #proof in value;
  }
}
