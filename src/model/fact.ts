/** Something we asked the machine, and what came back. Unknown is never pass: each state must be handled. */
export type Fact<Value> =
  | { readonly state: 'known'; readonly value: Value; readonly from: string }
  | { readonly state: 'absent'; readonly from: string }
  | { readonly state: 'unreadable'; readonly from: string; readonly why: string };

/** A fact that was found, and the path or command it came from. */
export function known<Value>(value: Value, from: string): Fact<Value> {
  return { state: 'known', value, from };
}

/** The thing asked for is certainly not there. */
export function absent(from: string): Fact<never> {
  return { state: 'absent', from };
}

/** We could not find out; `why` is for people. */
export function unreadable(from: string, why: string): Fact<never> {
  return { state: 'unreadable', from, why };
}
