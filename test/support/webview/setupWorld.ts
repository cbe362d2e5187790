import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { tasks } from '../../../protocol/names.ts'
import type { TestServer } from '../protocol/testServer.ts'

/** What the page asks of the editor, over a file: each answered by the real server, as the editor passes it on. */
export function setupWorld(server: TestServer, { file, folder }: { file: string | null; folder: string | null }) {
  const id = randomUUID()
  const workspaceFolder = folder === null ? {} : { workspaceFolder: folder }
  const request = ({ reading: { text, id: idField, ...how } = {}, model, lane, cascade }: Asked) => ({
    source: { kind: 'paths' as const, paths: [file ?? ''], ...how },
    ...workspaceFolder,
    ...(text || idField ? { fields: { ...(text && { text }), ...(idField && { id: idField }) } } : {}),
    ...(lane ? { lane } : {}),
    ...(cascade ? { cascade } : {}),
    ...(model ? { override: { provider: model.provider, ...(model.model && { model: model.model }) } } : {}),
  })
  const asked = new Set<Promise<unknown>>()
  const ask: TestServer['request'] = (name, params) => {
    const answer = server.request(name, params)
    asked.add(answer)
    return answer
  }
  const finished: Finished[] = []
  const acted: unknown[] = []
  return {
    id,
    /** What the page wanted to keep, once the server has answered, in its order. */
    finished,
    acted,
    /** What was asked for is off the wire. */
    settled: () => Promise.allSettled(asked),
    commands: {
      read: () => ({
        source: file === null ? null : path.basename(file),
        paths: file === null ? 0 : 1,
        tasks: [...tasks],
        profileFile: folder === null ? null : path.join(folder, '.llm-providers', 'profile.yaml'),
      }),
      readProfile: () => ask('profile/read', workspaceFolder),
      describe: (asked: Asked) => ask('source/describe', request(asked)),
      planProposal: ({ by, ...asked }: Asked & { by: 'model' | 'words' }) =>
        ask('profile/planProposal', { ...request(asked), by }),
      propose: ({ by, ...asked }: Asked & { by: 'model' | 'words' }) =>
        ask('profile/propose', { ...request(asked), by }),
      estimate: ({ draft, sample, ...asked }: Asked & { draft: object | null; sample?: number }) =>
        ask('run/estimate', {
          ...{ tasks: [...tasks], ...request(asked) },
          ...(draft && { draft: draft as never }),
          ...(sample === undefined ? {} : { sample }),
        }),
      async finish(said: Finished) {
        const { profile, keep, overwrite } = said
        const kept = await ask('profile/choose', {
          ...workspaceFolder,
          profile: profile as never,
          keep,
          overwrite,
        })
        finished.push(said)
        return kept.ok ? { step: 'done' } : { step: 'keep', reason: kept.reason }
      },
      actOn: (args: unknown) => void acted.push(args),
      connectModel: () => void acted.push('connectModel'),
    },
  }
}

interface Asked {
  reading?: { text?: string[]; id?: string }
  model?: { provider: string; model: string | null } | null
  lane?: 'single' | 'batch'
  cascade?: { promise: number; proxy?: { provider: string; model: string } }
}

interface Finished extends Asked {
  profile: { interests?: string; categories: { name: string; weight?: string }[] }
  keep: 'workspace' | 'stored'
  overwrite: boolean
  start: boolean
}
