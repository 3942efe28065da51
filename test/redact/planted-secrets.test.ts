import { describe, expect, it } from 'vitest';
import { redactText } from './mask-text.ts';

// The places where the leading collector lets secrets through, one for one.
const planted: readonly (readonly [where: string, text: string])[] = [
  ['process arguments, --password=', 'root 812 0.0 0.1 /opt/app/bin/app --password=@@ --port 80\n'],
  ['process arguments, bearer', 'root 813 0.0 app --header Authorization: Bearer @@ --retry 3\n'],
  ['unit Environment=', '[Service]\nEnvironment=DB_PASSWORD=@@\nExecStart=/bin/app\n'],
  ['/etc/default', '# app\nAPI_TOKEN=@@\nPORT=80\n'],
  ['cron.d curl -u', '*/5 * * * * root curl -u admin:@@ https://h/api >/dev/null\n'],
  ['crontab mysqldump -p', '0 3 * * * root mysqldump -u root -p@@ --all-databases > /x.sql\n'],
  ['core_pattern --token', 'kernel.core_pattern = |/usr/bin/up --token @@ %p %e\n'],
  ['apt proxy file', 'Acquire::http::Proxy "http://u:@@@proxy:3128";\n'],
  ['apt-config dump', 'Acquire::http::Proxy "http://u:@@@proxy:3128/";\nAcquire::Retries "3";\n'],
  ['fstab cifs', '//s/share /mnt cifs username=u,password=@@,uid=0,_netdev 0 0\n'],
  ['sources.list', 'deb https://user:@@@repo.example/debian stable main\n'],
  ['/etc/environment proxy', 'http_proxy="http://u:@@@proxy:3128"\n'],
];

describe('the planted secrets that others let through', () => {
  for (const [where, text] of planted) {
    it(where, () => {
      const secret = 'Tr0ub4dor3xyz9';
      const masked = redactText(text.replace('@@', secret));
      expect(masked).not.toContain(secret);
      const [before = '', after = ''] = text.split('@@');
      expect(masked).toBe(`${before}<sonae:secret:1>${after}`);
    });
  }
});
