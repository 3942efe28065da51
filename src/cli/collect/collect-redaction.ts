import { maskHostName } from '../../collect/mask-texts.ts';
import { openSystem } from '../../host/system.ts';
import type { HostIdentity } from '../../model/bundle.ts';
import type { Reporter } from '../../model/event.ts';
import type { Redactor } from '../../model/redaction.ts';
import type { System } from '../../model/system.ts';
import { forbiddenOriginals } from '../../redact/identity/forbidden-originals.ts';
import { gatherIdentity } from '../../redact/identity/gather-identity.ts';
import { identityRedactor } from '../../redact/identity/identity-redactor.ts';
import { noRedactor, secretRedactor } from '../../redact/secret-redactor.ts';
import type { ForbiddenWords } from '../../redact/verify-scan.ts';
import { openAliasMapFile } from '../bundle/alias-map-file.ts';
import { loadRedactionRules } from '../bundle/redaction-rules.ts';
import type { CollectSettings } from './collect-settings.ts';

/** How one collection is masked. */
export interface CollectRedaction {
  readonly redactor: Redactor;
  /** With `--anonymize`: what must not be found in the result. */
  readonly forbidden?: ForbiddenWords;
  /** The machine as the manifest and the file name may show it. */
  nameHost(host: HostIdentity): HostIdentity;
  /** Keeps the aliases, when there is a file for them. */
  save(reporter: Reporter): Promise<void>;
}

const plain = {
  nameHost: (host: HostIdentity) => host,
  save: async () => undefined,
};

/** Secrets always, unless `--no-redact`; names and addresses with `--anonymize`. */
export async function openCollectRedaction(
  settings: CollectSettings,
  system: System,
): Promise<CollectRedaction> {
  if (!settings.isRedacted) return { ...plain, redactor: noRedactor() };
  const secrets = secretRedactor({ userRules: await loadRedactionRules(system) });
  if (!settings.isAnonymized) return { ...plain, redactor: secrets };
  // The map lies on this machine, also when the evidence is of an image.
  const here = openSystem('/');
  const { map, save } = await openAliasMapFile(settings.map, settings.mapPassphraseFile, here);
  here.close();
  const facts = await gatherIdentity(system, settings.keywords);
  const redactor = identityRedactor(secrets, map, facts, {
    keepMacVendor: settings.isMacVendorKept,
  });
  return {
    redactor,
    nameHost: (host) => ({ ...host, name: maskHostName(redactor, host.name) }),
    forbidden: forbiddenOriginals(map),
    save,
  };
}
