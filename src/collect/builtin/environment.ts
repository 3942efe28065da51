// Names only of variables that change how commands behave; everything else in an environment may be a secret.
const wanted =
  /^(?:LANG|LANGUAGE|LC_[A-Z]+|PATH|TERM|TZ|SHELL|USER|LOGNAME|HOSTNAME|EDITOR|PAGER|SUDO_USER|container|LD_PRELOAD|LD_LIBRARY_PATH)$/;

/** The environment sonae was started in, as far as it changes how commands behave. */
export async function* environment(): AsyncIterable<string> {
  for (const [name, value] of Object.entries(process.env).sort()) {
    if (wanted.test(name)) yield `${name}=${value}\n`;
    else if (/proxy$/i.test(name)) yield `${name}=(set, not recorded)\n`;
  }
}
