//! The words that the sample organisation is made of: companies, departments, titles, names with their pinyin.

/// A line of work: the division that does it, its departments, and what its people are called.
pub(super) struct Line {
    pub(super) division: &'static str,
    pub(super) departments: &'static [&'static str],
    pub(super) titles: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const COMPANIES: [&str; 5] = [
    "青杉示例集团有限公司", "远帆示例科技有限公司", "星禾示例智造有限公司", "海棠示例零售有限公司",
    "云麓示例物流有限公司",
];

#[rustfmt::skip]
pub(super) const GROUPS: [&str; 12] = [
    "企业服务事业群", "智能制造事业群", "消费业务事业群", "物流业务事业群", "金融科技事业群", "医疗健康事业群",
    "文化内容事业群", "云计算事业群", "海外业务事业群", "新能源事业群", "智慧出行事业群", "集团职能事业群",
];

#[rustfmt::skip]
pub(super) const SECTIONS: [&str; 8] = ["综合科", "规划科", "技术科", "管理科", "业务科", "质量科", "信息科", "保障科"];

#[rustfmt::skip]
pub(super) const TEAMS: [&str; 10] = [
    "综合组", "支持组", "项目组", "质量组", "培训组", "规划组", "协调组", "数据组", "保障组", "创新组",
];

/// What every region has.
#[rustfmt::skip]
pub(super) const REGION: &[&str] = &[
    "销售部", "渠道部", "客户成功部", "售前支持部", "交付实施部", "市场推广部", "区域运营部", "大客户部", "商务部",
    "综合管理部",
];

#[rustfmt::skip]
pub(super) const SELLING: &[&str] = &["客户经理", "高级客户经理", "销售代表", "渠道经理", "售前顾问", "实施顾问", "销售助理", "商务专员"];

#[rustfmt::skip]
pub(super) const LINES: [Line; 18] = [
    Line {
        division: "研发中心",
        departments: &[
            "平台研发部", "应用研发部", "测试部", "移动研发部", "前端研发部", "数据研发部", "算法部", "架构部",
            "运维部", "信息安全部",
        ],
        titles: &[
            "软件工程师", "高级软件工程师", "资深软件工程师", "测试工程师", "高级测试工程师", "运维工程师",
            "算法工程师", "架构师",
        ],
    },
    Line { division: "华东大区", departments: REGION, titles: SELLING },
    Line {
        division: "产品中心",
        departments: &[
            "产品规划部", "产品设计部", "用户研究部", "交互设计部", "视觉设计部", "产品运营部", "行业方案部",
            "增长部",
        ],
        titles: &["产品经理", "高级产品经理", "产品专员", "交互设计师", "视觉设计师", "用户研究员", "产品运营"],
    },
    Line { division: "华南大区", departments: REGION, titles: SELLING },
    Line {
        division: "人力资源中心",
        departments: &["招聘部", "薪酬绩效部", "培训发展部", "员工关系部", "组织发展部", "人事服务部"],
        titles: &["人事专员", "招聘专员", "薪酬专员", "培训专员", "人力资源经理", "人力资源助理"],
    },
    Line {
        division: "财经中心",
        departments: &["会计核算部", "财务管理部", "资金部", "税务部", "预算部", "内部审计部", "成本部"],
        titles: &["会计", "出纳", "财务分析师", "税务专员", "审计专员", "高级会计", "资金专员"],
    },
    Line { division: "华北大区", departments: REGION, titles: SELLING },
    Line {
        division: "供应链中心",
        departments: &["采购部", "计划部", "仓储部", "物流部", "品质部", "供应商管理部", "关务部"],
        titles: &["采购专员", "采购工程师", "计划员", "仓库管理员", "物流专员", "质量工程师", "关务专员"],
    },
    Line {
        division: "客户服务中心",
        departments: &["热线服务部", "在线服务部", "售后服务部", "投诉处理部", "服务质量部", "知识管理部"],
        titles: &["客服专员", "高级客服专员", "售后工程师", "服务主管", "质检专员", "培训师"],
    },
    Line { division: "西南大区", departments: REGION, titles: SELLING },
    Line {
        division: "制造中心",
        departments: &["生产部", "工艺部", "设备部", "质量部", "安全环保部", "装配部", "精益改善部", "模具部"],
        titles: &["操作工", "技术员", "工艺工程师", "设备工程师", "质量工程师", "班长", "安全员", "装配技师"],
    },
    Line {
        division: "市场中心",
        departments: &["品牌部", "市场策划部", "公共关系部", "活动部", "数字营销部", "内容部"],
        titles: &["市场专员", "品牌经理", "活动策划", "内容编辑", "媒介专员", "营销经理"],
    },
    Line { division: "华中大区", departments: REGION, titles: SELLING },
    Line {
        division: "运营中心",
        departments: &["用户运营部", "商家运营部", "活动运营部", "数据分析部", "内容运营部", "风险控制部"],
        titles: &["运营专员", "高级运营专员", "运营经理", "数据分析师", "风控专员", "商家顾问"],
    },
    Line {
        division: "行政中心",
        departments: &["行政部", "后勤部", "资产管理部", "法务部", "档案部", "信息技术部"],
        titles: &["行政专员", "行政主管", "法务专员", "资产管理员", "前台", "系统管理员"],
    },
    Line { division: "西北大区", departments: REGION, titles: SELLING },
    Line {
        division: "工程中心",
        departments: &["工程管理部", "造价部", "设计部", "施工部", "项目管理部", "技术支持部"],
        titles: &["项目经理", "造价工程师", "设计工程师", "施工员", "资料员", "技术支持工程师"],
    },
    Line { division: "东北大区", departments: REGION, titles: SELLING },
];

/// Surnames, how they are written in ASCII, and how common they are.
#[rustfmt::skip]
pub(super) const SURNAMES: [(&str, &str, u64); 96] = [
    ("王", "wang", 72), ("李", "li", 72), ("张", "zhang", 66), ("刘", "liu", 52), ("陈", "chen", 46), ("杨", "yang", 30),
    ("黄", "huang", 22), ("赵", "zhao", 22), ("吴", "wu", 20), ("周", "zhou", 20), ("徐", "xu", 15), ("孙", "sun", 15),
    ("马", "ma", 14), ("朱", "zhu", 13), ("胡", "hu", 12), ("郭", "guo", 12), ("何", "he", 11), ("林", "lin", 11),
    ("高", "gao", 10), ("罗", "luo", 10), ("郑", "zheng", 9), ("梁", "liang", 9), ("谢", "xie", 8), ("宋", "song", 8),
    ("唐", "tang", 7), ("许", "xu", 7), ("韩", "han", 7), ("邓", "deng", 7), ("冯", "feng", 7), ("曹", "cao", 6),
    ("彭", "peng", 6), ("曾", "zeng", 6), ("肖", "xiao", 6), ("田", "tian", 6), ("董", "dong", 6), ("潘", "pan", 5),
    ("袁", "yuan", 5), ("蔡", "cai", 5), ("蒋", "jiang", 5), ("余", "yu", 5), ("于", "yu", 5), ("杜", "du", 5),
    ("叶", "ye", 5), ("程", "cheng", 5), ("魏", "wei", 5), ("苏", "su", 5), ("吕", "lv", 5), ("丁", "ding", 5),
    ("任", "ren", 4), ("卢", "lu", 4), ("姚", "yao", 4), ("沈", "shen", 4), ("钟", "zhong", 4), ("姜", "jiang", 4),
    ("崔", "cui", 4), ("谭", "tan", 4), ("陆", "lu", 4), ("范", "fan", 4), ("汪", "wang", 4), ("廖", "liao", 4),
    ("石", "shi", 4), ("金", "jin", 4), ("韦", "wei", 3), ("贾", "jia", 3), ("夏", "xia", 3), ("付", "fu", 3),
    ("方", "fang", 3), ("邹", "zou", 3), ("熊", "xiong", 3), ("白", "bai", 3), ("孟", "meng", 3), ("秦", "qin", 3),
    ("邱", "qiu", 3), ("侯", "hou", 3), ("江", "jiang", 3), ("尹", "yin", 3), ("薛", "xue", 3), ("闫", "yan", 3),
    ("段", "duan", 3), ("雷", "lei", 3), ("龙", "long", 3), ("黎", "li", 3), ("史", "shi", 2), ("陶", "tao", 2),
    ("贺", "he", 2), ("毛", "mao", 2), ("郝", "hao", 2), ("顾", "gu", 2), ("龚", "gong", 2), ("邵", "shao", 2),
    ("覃", "qin", 2), ("武", "wu", 2), ("钱", "qian", 2), ("戴", "dai", 2), ("欧阳", "ouyang", 1), ("司马", "sima", 1),
];

/// Characters of given names of men.
#[rustfmt::skip]
pub(super) const MALE: [(&str, &str); 60] = [
    ("伟", "wei"), ("强", "qiang"), ("磊", "lei"), ("军", "jun"), ("勇", "yong"), ("杰", "jie"), ("涛", "tao"),
    ("超", "chao"), ("刚", "gang"), ("辉", "hui"), ("鹏", "peng"), ("浩", "hao"), ("飞", "fei"), ("鑫", "xin"),
    ("波", "bo"), ("斌", "bin"), ("凯", "kai"), ("健", "jian"), ("峰", "feng"), ("龙", "long"), ("建", "jian"),
    ("国", "guo"), ("志", "zhi"), ("俊", "jun"), ("海", "hai"), ("东", "dong"), ("宇", "yu"), ("轩", "xuan"),
    ("博", "bo"), ("毅", "yi"), ("航", "hang"), ("旭", "xu"), ("松", "song"), ("武", "wu"), ("林", "lin"),
    ("振", "zhen"), ("宏", "hong"), ("亮", "liang"), ("成", "cheng"), ("康", "kang"), ("威", "wei"), ("翔", "xiang"),
    ("铭", "ming"), ("泽", "ze"), ("昊", "hao"), ("坤", "kun"), ("兵", "bing"), ("帆", "fan"), ("锋", "feng"),
    ("良", "liang"), ("启", "qi"), ("嘉", "jia"), ("哲", "zhe"), ("睿", "rui"), ("恒", "heng"), ("彬", "bin"),
    ("栋", "dong"), ("洋", "yang"), ("钧", "jun"), ("震", "zhen"),
];

/// Characters of given names of women.
#[rustfmt::skip]
pub(super) const FEMALE: [(&str, &str); 60] = [
    ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("丽", "li"), ("艳", "yan"), ("娟", "juan"),
    ("霞", "xia"), ("婷", "ting"), ("雪", "xue"), ("玲", "ling"), ("燕", "yan"), ("倩", "qian"), ("颖", "ying"),
    ("莉", "li"), ("丹", "dan"), ("慧", "hui"), ("红", "hong"), ("梅", "mei"), ("洁", "jie"), ("蕾", "lei"),
    ("薇", "wei"), ("琳", "lin"), ("璐", "lu"), ("瑶", "yao"), ("怡", "yi"), ("佳", "jia"), ("思", "si"),
    ("雨", "yu"), ("欣", "xin"), ("萍", "ping"), ("秀", "xiu"), ("英", "ying"), ("兰", "lan"), ("珍", "zhen"),
    ("菲", "fei"), ("晴", "qing"), ("悦", "yue"), ("诗", "shi"), ("涵", "han"), ("梦", "meng"), ("婉", "wan"),
    ("彤", "tong"), ("妍", "yan"), ("媛", "yuan"), ("茜", "qian"), ("珊", "shan"), ("蓉", "rong"), ("莹", "ying"),
    ("琪", "qi"), ("萱", "xuan"), ("凤", "feng"), ("云", "yun"), ("冰", "bing"), ("美", "mei"), ("香", "xiang"),
    ("月", "yue"), ("青", "qing"), ("洛", "luo"), ("素", "su"),
];

/// Characters of given names of both.
#[rustfmt::skip]
pub(super) const NEUTRAL: [(&str, &str); 36] = [
    ("文", "wen"), ("明", "ming"), ("晓", "xiao"), ("子", "zi"), ("宁", "ning"), ("安", "an"), ("平", "ping"),
    ("华", "hua"), ("玉", "yu"), ("春", "chun"), ("一", "yi"), ("天", "tian"), ("清", "qing"), ("新", "xin"),
    ("乐", "le"), ("卓", "zhuo"), ("然", "ran"), ("阳", "yang"), ("辰", "chen"), ("晨", "chen"), ("瑞", "rui"),
    ("书", "shu"), ("永", "yong"), ("若", "ruo"), ("知", "zhi"), ("远", "yuan"), ("可", "ke"), ("星", "xing"),
    ("雅", "ya"), ("景", "jing"), ("向", "xiang"), ("承", "cheng"), ("元", "yuan"), ("庆", "qing"), ("立", "li"),
    ("怀", "huai"),
];
