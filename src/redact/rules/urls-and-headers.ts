import type { ShapeRule } from '../rule.ts';

/** Secrets in addresses and in HTTP headers. */
export const urlRules: readonly ShapeRule[] = [
  {
    kind: 'shape',
    name: 'url-password',
    reason: 'user:password@host in an address of any scheme, including JDBC and databases.',
    anchors: ['://'],
    isInside: true,
    pattern:
      /:\/\/[^\s"'<>/?#:@\\]{0,200}:(?!\/\/|\d{1,5}[/?#])(?<secret>[^\s"'<>`]{1,500}?)@(?=[\w[.%$\\-])(?![^\s"'<>`/?#,]{0,500}@)/dy,
    masks: [
      {
        text: 'Acquire::http::Proxy "http://u:pw@proxy:3128/";',
        masked: 'Acquire::http::Proxy "http://u:*@proxy:3128/";',
      },
      {
        text: 'deb https://user:s3cr3t@repo.example/ stable main',
        masked: 'deb https://user:*@repo.example/ stable main',
      },
      { text: 'redis://:p4ss@cache:6379/0', masked: 'redis://:*@cache:6379/0' },
      {
        text: 'mongodb+srv://app:x@y!z@c0.mongodb.net/db',
        masked: 'mongodb+srv://app:*@c0.mongodb.net/db',
      },
      {
        text: 'a=postgres://u:p/w@h/db b=ftp://a:b@c',
        masked: 'a=postgres://u:*@h/db b=ftp://a:*@c',
      },
    ],
    keeps: [
      'http://[::1]:8080/',
      'ssh://git@github.com/x',
      'http://host:8080/path?mail=a@b.c',
      'see https://example.org:443/x and mail me@example.org',
      'nfs://server:/export',
      'https://user@host/?to=a:b@c',
    ],
  },
  {
    kind: 'shape',
    name: 'url-token',
    reason: 'A token used as the user name of an address, as with git over https.',
    anchors: ['https://', 'http://'],
    isInside: true,
    pattern: /https?:\/\/(?<secret>(?=[^@/\s]{0,40}\d)[\w.-]{20,255})@(?=[\w[])/diy,
    masks: [
      {
        text: 'origin https://a1b2c3d4e5f6a7b8c9d0e1f2@git.example/x.git (fetch)',
        masked: 'origin https://*@git.example/x.git (fetch)',
      },
    ],
    keeps: ['https://git@github.com/', 'https://firstname.lastname@host/'],
  },
  {
    kind: 'shape',
    name: 'signed-url',
    reason: 'The signature in an address opens what it points to until it expires.',
    anchors: [
      'sig=',
      'signature=',
      'x-amz-credential=',
      'x-goog-credential=',
      'x-amz-security-token=',
      'awsaccesskeyid=',
    ],
    isInside: true,
    pattern: /[\w-]{1,30}=(?<secret>[\w%+/=.~-]{16,2000})/diy,
    masks: [
      {
        text: 'https://a.blob.core.windows.net/c/b?sv=2022&sig=aB3%2BdE5fG7hI9jK1lM3nO5pQ%3D&se=1',
        masked: 'https://a.blob.core.windows.net/c/b?sv=2022&sig=*&se=1',
      },
      {
        text: 'GET /b?X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024 HTTP/1.1',
        masked: 'GET /b?X-Amz-Signature=* HTTP/1.1',
      },
    ],
    keeps: ['sig=11', 'caught sig=SIGTERM'],
  },
  {
    kind: 'shape',
    name: 'authorization-header',
    reason: 'The header that logs a client in.',
    anchors: ['authorization'],
    pattern:
      /authorization\\?["']?\]?\s{0,3}(?:[:=]|=>|%3A|\s)\s{0,3}\[?\\?["']?(?:Basic|Bearer|Token|ApiKey|Negotiate|NTLM|Splunk|GenieKey|AWS4-HMAC-SHA256|GoogleLogin|OAuth|Api-Token|Key|PVEAPIToken=)\s{0,3}(?<secret>[^"'\s\\,;]{1,4000})/diy,
    masks: [
      { text: 'Authorization: Basic dXNlcjpwYXNz', masked: 'Authorization: Basic *' },
      {
        text: 'curl -H "Authorization: Bearer abc.def-123" https://x',
        masked: 'curl -H "Authorization: Bearer *" https://x',
      },
      {
        text: "proxy_set_header Authorization 'Basic dXNlcjpwYXNz';",
        masked: "proxy_set_header Authorization 'Basic *';",
      },
      { text: '{"Authorization":["Bearer abcdef"]}', masked: '{"Authorization":["Bearer *"]}' },
      { text: 'Authorization: token 0123abcd', masked: 'Authorization: token *' },
    ],
    keeps: [
      'WWW-Authenticate: Basic realm="x"',
      'authorization failed for user x',
      'Proxy-Authorization required',
    ],
  },
  {
    kind: 'shape',
    name: 'digest-response',
    reason: 'What a client answers in HTTP Digest: the password can be guessed from it.',
    anchors: ['digest username='],
    pattern: /digest username=[^\n]{1,2000}?\bresponse=\\?"?(?<secret>[0-9a-f]{32,64})/diy,
    masks: [
      {
        text: `Authorization: Digest username="bob", nonce="n", response="${'6629fae49393a053'.repeat(2)}"`,
        masked: 'Authorization: Digest username="bob", nonce="n", response="*"',
      },
    ],
    keeps: ['Digest username="bob"'],
  },
  {
    kind: 'shape',
    name: 'bearer-token',
    reason: 'A bearer token logs in whoever carries it.',
    anchors: ['bearer '],
    pattern: /bearer\s{1,3}(?<secret>(?=[\w.~+/=-]{0,60}\d)[\w.~+/=-]{12,4000})/diy,
    masks: [
      { text: 'app --header Bearer 8f7e6d5c4b3a2918 run', masked: 'app --header Bearer * run' },
    ],
    keeps: [
      'the bearer of this message',
      'bearer interface-configuration',
      'Bearer authentication required',
    ],
  },
  {
    kind: 'shape',
    name: 'basic-credentials',
    reason: 'Base64 of user:password, as in HTTP Basic.',
    anchors: ['basic '],
    pattern:
      /[Bb][Aa][Ss][Ii][Cc]\s(?<secret>[A-Za-z0-9+/]{12,400}={1,2}|(?=[a-zA-Z+/]{0,400}\d)(?=[a-z0-9+/]{0,400}[A-Z])(?=[A-Z0-9+/]{0,400}[a-z])[A-Za-z0-9+/]{12,400})(?![\w=/+.:-])/dy,
    masks: [
      { text: 'header "Basic YWRtaW46aHVudGVyMg=="', masked: 'header "Basic *"' },
      { text: 'auth=Basic dXNlcjpodW50ZXIy', masked: 'auth=Basic *' },
    ],
    keeps: ['Basic information', 'basic authentication'],
  },
  {
    kind: 'shape',
    name: 'cookie-header',
    reason: 'Session cookies log in whoever has them.',
    anchors: ['cookie: '],
    isInside: true,
    pattern:
      /(?:(?<=set-)cookie\\?["']?: \\?["']?(?<secret>[\w.%-]{1,80}=[^"'\s\\;]{4,4000})|(?<!set-)cookie\\?["']?: \\?["']?(?<also>[\w.%-]{1,80}=[^"'\r\n\\]{4,4000}))/diy,
    masks: [
      { text: 'Cookie: JSESSIONID=0F1E2D3C4B5A; theme=dark', masked: 'Cookie: *' },
      {
        text: 'Set-Cookie: sid=s%3Aabcdef; Path=/; HttpOnly',
        masked: 'Set-Cookie: *; Path=/; HttpOnly',
      },
      { text: "curl -H 'Cookie: a=b12345' http://h", masked: "curl -H 'Cookie: *' http://h" },
    ],
    keeps: [
      'TCP: request_sock_TCP: Possible SYN flooding. Sending cookies.',
      'Cookie: none',
      'fs cookie: 12',
    ],
  },
  {
    kind: 'shape',
    name: 'json-web-token',
    reason: 'A signed token: whoever has it is the person it names.',
    anchors: ['eyJ'],
    pattern: /eyJ[\w-]{8,4000}\.(?:eyJ[\w-]{4,8000}|[\w-]{16,8000})(?:\.[\w-]{0,2000}){0,3}/dy,
    masks: [
      {
        text: 'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P end',
        masked: 'jwt * end',
      },
    ],
    keeps: ['eyJ is how they start', 'eyJhbGciOiJIUzI1NiJ9'],
  },
  {
    kind: 'shape',
    name: 'docker-auth',
    reason: 'Base64 of user:password, as docker, podman and npm keep it.',
    anchors: ['"auth"', '_auth'],
    isInside: true,
    pattern:
      /(?:"auth"\s{0,8}:\s{0,8}"|_auth\s{0,4}=\s{0,4}"?)(?<secret>[A-Za-z0-9+/=]{8,4000})/diy,
    masks: [
      { text: '"ghcr.io": {"auth": "dXNlcjpwYXNzd29yZA=="}', masked: '"ghcr.io": {"auth": "*"}' },
      { text: '//registry.example/:_auth=dXNlcjpwYXNz', masked: '//registry.example/:_auth=*' },
    ],
    keeps: ['"auth": "none"', '"auth": true'],
  },
  {
    kind: 'shape',
    name: 'sql-password',
    reason: 'Password or hash of a database account in a statement.',
    anchors: ['identified '],
    pattern:
      /identified\s+(?:with\s+\S{1,64}\s+)?(?:by|as)\s+(?:password\s+)?["'](?<secret>[^"'\n]{1,500})/diy,
    masks: [
      {
        text: "GRANT ALL ON *.* TO 'u'@'%' IDENTIFIED BY 's3cret';",
        masked: "GRANT ALL ON *.* TO 'u'@'%' IDENTIFIED BY '*';",
      },
    ],
    keeps: ['the host identified by its key', 'identified as an SSD'],
  },
];
