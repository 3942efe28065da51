import { SonaeError } from '../model/error.ts';

const noSpace = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const notPermitted = new Set(['EACCES', 'EPERM', 'EROFS', 'ETXTBSY']);
const damagedMedium = new Set(['EIO', 'ENODATA', 'EREMOTEIO', 'EILSEQ', 'EBADMSG', 'EUCLEAN']);

/** What the system refused, as an error for people: the verb, the path, the reason and what to do next. */
export function explainIoError(error: unknown, verb: string, path: string): SonaeError {
  if (error instanceof SonaeError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const explain = (
    errorCode: ConstructorParameters<typeof SonaeError>[0],
    why: string,
    hint?: string,
  ) =>
    new SonaeError(errorCode, `cannot ${verb} ${path}: ${why}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  if (noSpace.has(code)) {
    const why = code === 'EFBIG' ? 'the file would be too large' : 'no space left';
    return explain('E_NO_SPACE', why, 'Free some space or choose another --output.');
  }
  if (notPermitted.has(code)) {
    return code === 'EROFS'
      ? explain('E_PERMISSION', 'the file system is read-only', 'Choose a place on another one.')
      : explain('E_PERMISSION', 'permission denied', 'Run as root, or choose a place you may use.');
  }
  if (damagedMedium.has(code)) return explain('E_INTEGRITY', `the medium failed (${code})`);
  switch (code) {
    case 'ENOENT':
      return explain('E_INPUT_ABSENT', 'there is no such file or folder', hintOfName(path));
    case 'ENOTDIR':
      return explain('E_INPUT_ABSENT', 'it, or a part of its path, is not a folder');
    case 'EISDIR':
      return explain('E_INPUT_ABSENT', 'it is a folder');
    case 'EEXIST':
      return explain('E_EXISTS', 'it exists already');
    case 'ELOOP':
      return explain('E_REFUSED', 'it is a symbolic link, which is not followed here');
    case 'ENAMETOOLONG':
      return explain('E_USAGE', 'the name is too long');
    default:
      return explain('E_REFUSED', message);
  }
}

// Node.js has put this mark in the place of bytes that it could not read.
function hintOfName(path: string): string | undefined {
  return path.includes('\ufffd')
    ? 'Its name is not UTF-8, and cannot be given here. Give it another with ln or mv.'
    : undefined;
}

/** Runs one system call and explains its failure. */
export async function explained<Value>(
  verb: string,
  path: string,
  call: () => Promise<Value>,
): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw explainIoError(error, verb, path);
  }
}
