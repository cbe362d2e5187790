import { type Disposable, DocumentLink, l10n, languages, Range, Uri } from 'vscode'

const runId = /\b\d{8}t\d{9}z-[0-9a-z]{6}\b/

/** Each run that a page of ours names leads to its results. */
export function linkRuns(scheme: string): Disposable {
  return languages.registerDocumentLinkProvider(
    { scheme },
    {
      provideDocumentLinks(document) {
        const links: DocumentLink[] = []
        for (let line = 0; line < document.lineCount; line++) {
          const found = runId.exec(document.lineAt(line).text)
          if (!found) continue
          const range = new Range(line, found.index, line, found.index + found[0].length)
          const args = encodeURIComponent(JSON.stringify([found[0]]))
          const link = new DocumentLink(range, Uri.parse(`command:llmProviders.openResults?${args}`))
          link.tooltip = l10n.t('Open results')
          links.push(link)
        }
        return links
      },
    },
  )
}
