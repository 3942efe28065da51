import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, originOfTarget, parseTarget } from '../../src/upload/target.ts';

const refusal = (to: string, caseId?: string) => {
  try {
    parseTarget(to, caseId);
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
};

describe('where it is sent to', () => {
  it.each([
    ['https://h.example/in', 'https://h.example/in/a.tar.zst'],
    ['https://h.example', 'https://h.example/a.tar.zst'],
    ['https://h.example/in/', 'https://h.example/in/a.tar.zst'],
    ['https://h.example/issue/{case}', 'https://h.example/issue/0042/a.tar.zst'],
    ['https://h.example/up.php?file={name}', 'https://h.example/up.php?file=a.tar.zst'],
    ['https://h.example/{case}_{name}', 'https://h.example/0042_a.tar.zst'],
    ['https://h.example/in box/', 'taken'],
    ['sftp://h.example:2222/~/in', 'sftp://h.example:2222/~/in/a.tar.zst'],
    ['sftp://h.example', 'sftp://h.example/a.tar.zst'],
    ['ftps://h.example/incoming', 'ftps://h.example/incoming/a.tar.zst'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/a.tar.zst'],
    ['http://[::1]:8080/', 'http://[::1]:8080/a.tar.zst'],
  ])('%s', (to, address) => {
    if (address === 'taken') expect(refusal(to)).toMatch(/a space/);
    else expect(parseTarget(to, '0042').address('a.tar.zst')).toBe(address);
  });

  it.each([
    ['upload.example.com/in', /not a URL/],
    ['file:///etc/', /file is not a way to send/],
    ['ftp://h.example/', /ftp is not a way to send/],
    ['http://h.example/', /not encrypted on its way/],
    ['http://localhost.example/', /not encrypted on its way/],
    ['http://127.0.0.1.example/', /not encrypted on its way/],
    ['https://me:secret@h.example/', /user or password/],
    ['https://me@h.example/', /user or password/],
    ['sftp:///path', /no host/],
    ['https:///inbox/', /no host/],
    ['https://\\inbox/', /no host/],
    ['https://', /not a URL/],
    ['https://h.example/#x', /# has no meaning/],
    ['https://h.example/up?token=t0ps3cret', /nothing says where the name goes/],
    ['https://h.example/{file}', /only \{name\} and \{case\}/],
    ['https://{name}.example/', /host must stand in it as it is/],
    ['https://{case}.example/', /host must stand in it as it is/],
    ['https://h.example/{case}/', /no case is known/],
    ['https://h.example/\u001b[2J', /cannot be shown/],
  ])('%s is refused', (to, why) => {
    const said = refusal(to);
    expect(said).toMatch(why);
    expect(said).not.toMatch(/secret|s3cret/);
  });

  it('shows no key that is in the query', () => {
    const { shown, address } = parseTarget(
      'https://h.example/up?X-Amz-Signature=abc&inbox=7&file={name}&token=def',
      undefined,
    );
    expect(shown).toBe('https://h.example/up?X-Amz-Signature=***&inbox=7&file={name}&token=***');
    expect(address('n')).toBe('https://h.example/up?X-Amz-Signature=abc&inbox=7&file=n&token=def');
  });

  it('knows whether the address is that of the file, and whether folders can be below it', () => {
    expect(parseTarget('https://h.example/in/', undefined)).toMatchObject({
      isAskable: true,
      isFlat: false,
      shown: 'https://h.example/in/{name}',
    });
    expect(parseTarget('https://h.example/up.php?f={name}', undefined)).toMatchObject({
      isAskable: false,
      isFlat: true,
    });
    expect(parseTarget('https://h.example/in/{name}', undefined)).toMatchObject({
      isAskable: true,
      isFlat: true,
    });
  });

  it('tells to whom credentials belong, whatever the spelling', () => {
    expect(originOfTarget('https://H.example/{case}/')).toBe('https://h.example:443');
    expect(originOfTarget('https://h.example:443/x')).toBe('https://h.example:443');
    expect(originOfTarget('sftp://h.example/')).toBe('sftp://h.example:22');
    expect(originOfTarget('sftp://h.example:2222/')).toBe('sftp://h.example:2222');
    expect(parseTarget('https://h.example:8443/', undefined).origin).toBe('https://h.example:8443');
  });

  it('puts any name into one piece of the URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        expect(encode(name)).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/);
        expect(decodeURIComponent(encode(name))).toBe(name.toWellFormed());
      }),
    );
    const { address } = parseTarget('https://h.example/up?f={name}', undefined);
    expect(address("$&'{name}?a=b#c")).toBe(
      'https://h.example/up?f=%24%26%27%7Bname%7D%3Fa%3Db%23c',
    );
  });
});
