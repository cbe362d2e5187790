/**
 * How far a newcomer goes, file by file, until a question is answered. Files that import each other are a way that can be followed;
 * files that a change has to touch are not in an order.
 */
export const journeys = [
  {
    name: 'files to see what is sent to a provider',
    limit: 5,
    isWay: true,
    files: [
      'server/providers/deepseek.ts',
      'server/providers/openaiFamily.ts',
      'server/providers/openaiChat.ts',
      'server/providers/openCall.ts',
      'server/providers/transport.ts',
    ],
  },
  {
    name: 'files to see where concurrency adapts',
    limit: 3,
    isWay: true,
    files: ['server/runs/runContext.ts', 'server/engine/circuitBreaker.ts', 'server/engine/adaptiveLimiter.ts'],
  },
  {
    name: 'files to add a command of the editor',
    limit: 4,
    isWay: false,
    files: [
      'client/commands/testConnection.ts',
      'client/commands/commandTable.ts',
      'package.json',
      'package.nls.de.json',
    ],
  },
  {
    name: 'files to add a column',
    limit: 4,
    isWay: false,
    files: [
      'migrations/0003_categories_and_runs.sql',
      'server/store/runTable.ts',
      'protocol/runs.ts',
      'test/unit/store/upgrade.test.ts',
    ],
  },
]
