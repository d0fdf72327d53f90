/** A name or an address that the edge answers for. */
export type ServedName =
  /** Lower case, A-labels, no trailing dot. */
  | { readonly kind: "name"; readonly value: string }
  /** Canonical text form, IPv6 without brackets. */
  | { readonly kind: "ip"; readonly value: string };
