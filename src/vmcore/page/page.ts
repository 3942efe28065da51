/** A page of findings without a look: rendered as text for a terminal or as Markdown for a ticket. */
export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

/** A heading and what stands below it. */
export interface Section {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** A piece of a section. All text is safe for a terminal already. */
export type Block =
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** Which of the long lists to add to the page. */
export interface PageOptions {
  readonly tasks: boolean;
  readonly backtraces: boolean;
  readonly modules: boolean;
}
