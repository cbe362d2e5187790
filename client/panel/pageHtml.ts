export interface PageHtmlParts {
  /** Of the page's own script and styles, as the page may load them. */
  scriptUri: string
  styleUri: string
  /** What the editor serves the page's files from. */
  cspSource: string
  /** From a source of randomness that cannot be guessed, new for each page. */
  nonce: string
  /** As `lang` of the document. */
  language: string
  title: string
}

/** The document of the panel: it holds nothing but what loads the page, and lets nothing else in. */
export function pageHtml({ scriptUri, styleUri, cspSource, nonce, language, title }: PageHtmlParts): string {
  const policy = [
    "default-src 'none'",
    // Parts of the page that are loaded late are loaded by a script that has the nonce, and inherit it.
    `script-src 'nonce-${nonce}'`,
    // The hash is that of no text at all: the toolkit makes an empty style element and fills it by script.
    `style-src ${cspSource} 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
