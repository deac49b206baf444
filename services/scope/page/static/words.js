// @ts-check
/** What the page says, in its two languages. */

/** @type {Record<string, string>} */
const OUTCOMES = {
  open: "open",
  closed: "closed",
  reset: "reset",
  refused: "refused",
  unanswered: "unanswered",
  "not captured": "not captured",
};

/** @type {Record<string, string>} */
const OUTCOMES_ZH = {
  open: "未关闭",
  closed: "已关闭",
  reset: "被重置",
  refused: "被拒绝",
  unanswered: "无应答",
  "not captured": "未抓到",
};

export const WORDS = {
  en: {
    outcomes: OUTCOMES,
    rulesBroken: (/** @type {number} */ count) => `rules broken: ${count}`,
    conversations: "Conversations",
    system: "System",
    lessons: "Lessons",
    back: "All conversations",
    filter: "Filter",
    anyOutcome: "any outcome",
    anyNote: "any note",
    pause: "Pause",
    go: "Go on",
    fresh: (/** @type {number} */ count) => `${count} new`,
    none: "No conversation yet. Each appears here when it is over.",
    noMatch: "No conversation matches the filter.",
    lost: "The scope does not answer; trying again.",
    found: "The scope is there again.",
    unusual: "unusual",
    gone: "This conversation is not kept any more.",
    passedOver: (/** @type {number} */ count) => `${count} passed over, as they came too fast`,
    columns: {
      id: "#",
      client: "client",
      server: "server",
      outcome: "outcome",
      segments: "segments",
      calls: "calls",
      duration: "duration",
      notes: "notes",
    },
    files: "Save as",
  },
  zh: {
    outcomes: OUTCOMES_ZH,
    rulesBroken: (/** @type {number} */ count) => `违反规则 ${count} 条`,
    conversations: "会话",
    system: "系统",
    lessons: "课程",
    back: "全部会话",
    filter: "筛选",
    anyOutcome: "任意结果",
    anyNote: "任意标记",
    pause: "暂停",
    go: "继续",
    fresh: (/** @type {number} */ count) => `${count} 条新会话`,
    none: "还没有会话。会话结束后会出现在这里。",
    noMatch: "没有符合筛选条件的会话。",
    lost: "scope 没有应答，正在重试。",
    found: "scope 已恢复。",
    unusual: "异常",
    gone: "这个会话已不再保留。",
    passedOver: (/** @type {number} */ count) => `来得太快，略过 ${count} 个`,
    columns: {
      id: "#",
      client: "客户端",
      server: "服务器",
      outcome: "结果",
      segments: "报文段",
      calls: "调用",
      duration: "时长",
      notes: "标记",
    },
    files: "另存为",
  },
};
