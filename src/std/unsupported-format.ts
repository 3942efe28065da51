/** The bytes may be well, but they are packed in a way that is not opened here: not the same as damage. */
export class UnsupportedFormat extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'UnsupportedFormat';
  }
}
