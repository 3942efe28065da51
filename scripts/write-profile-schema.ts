// Writes profiles/profile.schema.json from the field table in src/profile; a test fails while it is stale.
import { writeFileSync } from 'node:fs';
import { renderProfileSchema } from '../src/profile/profile-schema.ts';

writeFileSync(new URL('../profiles/profile.schema.json', import.meta.url), renderProfileSchema());
