/** The variables of a `.env` file: `NAME=value`, `export NAME='value'`, `# comment`. Lines that are none of it are passed over. */
export function parseVariables(text: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const parts = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (parts?.[1]) variables.set(parts[1], unquote(parts[2] ?? ''))
  }
  return variables
}

function unquote(value: string): string {
  const quoted = /^(["'`])(.*?)\1\s*(?:#.*)?$/.exec(value)
  return quoted ? (quoted[2] ?? '') : value.replace(/\s+#.*$/, '')
}
