import { randomBytes } from 'node:crypto';
import { decryptAge } from '../../encrypt/age-decryption.ts';
import { ageEncryption } from '../../encrypt/age-encryption.ts';
import { encryptWhole } from '../../encrypt/encrypt-whole.ts';
import { readPassphrase } from '../../encrypt/key-texts.ts';
import { readKeyFile } from '../../host/key-file.ts';
import { refuseSilentPlace, resolveOutputPlace } from '../../host/output-place.ts';
import { openOutputFolder } from '../../host/storage.ts';
import { SonaeError } from '../../model/error.ts';
import type { Reporter } from '../../model/event.ts';
import type { System } from '../../model/system.ts';
import { type AliasMap, aliasMap, parseAliasMap } from '../../redact/identity/alias-map.ts';
import { watchFile } from '../watched-file.ts';

const mostMapBytes = 512 * 1024 * 1024;

/** Where the aliases of a customer are kept between bundles. */
export interface AliasMapFile {
  readonly map: AliasMap;
  /** True when the file was there. */
  readonly isKnown: boolean;
  /**
   * Writes the map, 0600, under its name; under one of its own, with a warning, when another run changed the file
   * meanwhile: what stands in it translates other bundles. Does nothing without a file.
   */
  save(reporter: Reporter): Promise<void>;
}

/** Opens the file of `--map`, or an empty map when there is none yet. */
export async function openAliasMapFile(
  path: string | undefined,
  passphraseFile: string | undefined,
  system: System,
): Promise<AliasMapFile> {
  if (path === undefined) return { map: aliasMap(), isKnown: false, save: async () => undefined };
  await refuseSilentPlace(path);
  const place = resolveOutputPlace(path);
  const name = place.name;
  if (name === undefined) {
    throw new SonaeError('E_USAGE', `--map ${path} is a folder`, {
      hint: 'Give a file name in it.',
    });
  }
  const folder = await openOutputFolder(place.folder);
  let watched = await watchFile(folder, name);
  const isEncrypted = name.endsWith('.age');
  const passphrase = isEncrypted ? await passphraseOf(passphraseFile) : undefined;
  const read = await system.readFile(`${place.folder}/${name}`, { limitBytes: mostMapBytes });
  if (read.state === 'unreadable') {
    throw new SonaeError('E_PERMISSION', `cannot read the map ${path}: ${read.why}`);
  }
  const isKnown = read.state === 'known';
  const text = isKnown
    ? (passphrase === undefined
        ? read.bytes
        : decryptAge(read.bytes, [{ kind: 'passphrase', passphrase }])
      ).toString('utf8')
    : undefined;
  let savedAs: string = name;
  const map = text === undefined ? aliasMap() : aliasMap(parseAliasMap(text, path));
  return {
    map,
    isKnown,
    async save(reporter) {
      const plain = Buffer.from(`${JSON.stringify(map.data(), null, 1)}\n`);
      const bytes =
        passphrase === undefined
          ? plain
          : await encryptWhole(ageEncryption([{ kind: 'passphrase', passphrase }]), plain);
      if (await watched.isChanged()) {
        savedAs = besides(name);
        watched = await watchFile(folder, savedAs);
        reporter.emit({
          type: 'warning',
          message: `${path} was changed by another run while this one worked: the aliases of this one are in ${folder.path}/${savedAs}`,
          hint: 'Keep both. For the same aliases in several bundles, make one after the other.',
        });
      }
      await folder.publish(savedAs, bytes);
      await watched.note();
    },
  };
}

// Encrypted or not is told by the end of the name.
function besides(name: string): string {
  const own = randomBytes(4).toString('hex');
  return name.endsWith('.age') ? `${name.slice(0, -4)}.${own}.age` : `${name}.${own}`;
}

async function passphraseOf(path: string | undefined): Promise<Buffer> {
  if (path === undefined) {
    throw new SonaeError('E_USAGE', 'an encrypted map needs --map-passphrase-file', {
      hint: 'Write the passphrase into a file of mode 0600, on one line.',
    });
  }
  return readPassphrase(await readKeyFile(path), path);
}
