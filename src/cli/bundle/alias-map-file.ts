import { decryptAge } from '../../encrypt/age-decryption.ts';
import { ageEncryption } from '../../encrypt/age-encryption.ts';
import { encryptWhole } from '../../encrypt/encrypt-whole.ts';
import { readPassphrase } from '../../encrypt/key-texts.ts';
import { readKeyFile } from '../../host/key-file.ts';
import { resolveOutputPlace } from '../../host/output-place.ts';
import { openOutputFolder } from '../../host/storage.ts';
import { SonaeError } from '../../model/error.ts';
import type { System } from '../../model/system.ts';
import { type AliasMap, aliasMap, parseAliasMap } from '../../redact/identity/alias-map.ts';

const mostMapBytes = 512 * 1024 * 1024;

/** Where the aliases of a customer are kept between bundles. */
export interface AliasMapFile {
  readonly map: AliasMap;
  /** True when the file was there. */
  readonly isKnown: boolean;
  /** Writes the map, 0600, under its name. Does nothing without a file. */
  save(): Promise<void>;
}

/** Opens the file of `--map`, or an empty map when there is none yet. */
export async function openAliasMapFile(
  path: string | undefined,
  passphraseFile: string | undefined,
  system: System,
): Promise<AliasMapFile> {
  if (path === undefined) return { map: aliasMap(), isKnown: false, save: async () => undefined };
  const place = resolveOutputPlace(path);
  const name = place.name;
  if (name === undefined) {
    throw new SonaeError('E_USAGE', `--map ${path} is a folder`, {
      hint: 'Give a file name in it.',
    });
  }
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
  const map = text === undefined ? aliasMap() : aliasMap(parseAliasMap(text, path));
  return {
    map,
    isKnown,
    async save() {
      const plain = Buffer.from(`${JSON.stringify(map.data(), null, 1)}\n`);
      const folder = await openOutputFolder(place.folder);
      await folder.publish(
        name,
        passphrase === undefined
          ? plain
          : await encryptWhole(ageEncryption([{ kind: 'passphrase', passphrase }]), plain),
      );
    },
  };
}

async function passphraseOf(path: string | undefined): Promise<Buffer> {
  if (path === undefined) {
    throw new SonaeError('E_USAGE', 'an encrypted map needs --map-passphrase-file', {
      hint: 'Write the passphrase into a file of mode 0600, on one line.',
    });
  }
  return readPassphrase(await readKeyFile(path), path);
}
