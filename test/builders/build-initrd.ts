/** An initramfs as one cpio archive of the "newc" format (buffer-format.rst), from path to content. */
export function buildInitrd(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const pieces = [...Object.entries(files), ['TRAILER!!!', ''] as const].flatMap(
    ([name, content]) => {
      const bytes = Buffer.from(content);
      const fields = [1, 0o100644, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
      const head = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`;
      return [padded(Buffer.from(`${head}${name}\0`)), padded(bytes)];
    },
  );
  return Buffer.concat(pieces);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
