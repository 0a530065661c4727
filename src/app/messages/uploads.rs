//! Refusals about files that people upload, and folders that are imported.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "upload_damaged" Configuration Operator,
        "上传的文件 {id} 已损坏，无法解密", "the uploaded file {id} is damaged and cannot be opened",
        "重新上传这个文件", "upload it once more" => UploadPeople;
    "upload_missing" NotFound Operator,
        "没有这个上传的文件，或已过期", "there is no such upload, or its time is over",
        "重新上传", "upload the file again" => UploadPeople;
    "upload_many" Conflict Operator,
        "上传的文件太多，还没有处理", "too many uploaded files are waiting",
        "先导入或删除已上传的文件", "import or remove some of them first";
    "upload_in_use" Conflict Operator,
        "运行 {run} 还在使用这个文件", "run {run} still reads this file",
        "等运行结束", "wait until the run is over";
    "upload_too_large" Invalid Operator,
        "文件超过 {most} MB", "the file is larger than {most} MB",
        "减少内容后重试", "send less";
    "upload_cut_short" Temporary Operator,
        "文件没有传完：{what}", "the file did not come in whole: {what}",
        "重新上传", "upload it again" => UploadPeople;
    "upload_disk" Configuration Operator,
        "文件无法保存：{what}", "the file cannot be kept: {what}",
        "检查数据目录能否写入、磁盘是否有空间", "check that the data folder can be written and that the disk has room";
    "upload_empty" Invalid Operator,
        "文件是空的", "there is nothing in the file",
        "检查文件", "look at the file";
    "upload_old_excel" Invalid Operator,
        "这是旧版 Excel 文件（.xls）或有密码的文件", "this is an old Excel file (.xls), or one with a password",
        "在 Excel 中去掉密码，另存为 .xlsx 或 CSV", "save it in Excel as .xlsx or CSV, without a password";
    "upload_no_table" Invalid Operator,
        "这不是 CSV 或 XLSX 文件", "this is neither a CSV nor an XLSX file",
        "上传 CSV 或 XLSX", "upload CSV or XLSX";
    "upload_unreadable" Invalid Operator,
        "文件无法读取：{what}", "the file cannot be read: {what}",
        "在 Excel 中打开并重新保存，再上传", "open it in Excel, save it again, and upload that";
    "upload_grows" Invalid Operator,
        "文件解压后过大（超过 {most} MB）", "the file grows to more than {most} MB when it is unpacked",
        "拆分文件，或另存为 CSV", "split it, or save it as CSV";
    "upload_sheet_unknown" NotFound Operator,
        "没有工作表“{sheet}”", "there is no sheet “{sheet}”",
        "从这些工作表中选择：{sheets}", "choose one of these sheets: {sheets}";
    "upload_csv_has_no_sheets" Invalid Operator,
        "CSV 文件没有工作表“{sheet}”：它只有一张表", "a CSV file has no sheet “{sheet}”: it is one table",
        "不要指定工作表", "leave the sheet out";
    "upload_header_row_blank" Invalid Operator,
        "第 {row} 行是空的，或在文件末尾之后：没有表头", "row {row} is blank, or lies beyond the end: it has no headers",
        "文件的前几行有内容的是：{rows}。不指定行号时自动查找", "the first rows with something in them are: {rows}. Without a number the headers are looked for";
    "upload_header_row_blank_in_sheet" Invalid Operator,
        "工作表“{sheet}”的第 {row} 行是空的，或在末尾之后：没有表头", "row {row} of the sheet “{sheet}” is blank, or lies beyond the end: it has no headers",
        "前几行有内容的是：{rows}；也可能在另一张工作表：{sheets}。不指定行号时自动查找", "the first rows with something in them are: {rows}; or it is another sheet: {sheets}. Without a number the headers are looked for";
    "upload_no_workbook" Invalid Operator,
        "文件名以 .{end} 结尾，但这不是 Excel 工作簿，也不是有表头的 CSV", "the file is called .{end}, and it is neither an Excel workbook nor CSV with headers",
        "检查是否选错了文件，或文件已损坏；在 Excel 中另存为 .xlsx 或 CSV", "look whether it is the right file, or damaged; save it in Excel as .xlsx or CSV";
    "upload_no_header_in_sheet" Invalid Operator,
        "工作表“{sheet}”中没有找到表头行", "no row with headers was found on the sheet “{sheet}”",
        "指明表头在第几行，或选择另一张工作表：{sheets}", "say which row has the headers, or choose another sheet: {sheets}";
    "upload_no_header" Invalid Operator,
        "没有找到表头行", "no row with headers was found",
        "指明表头在第几行", "say which row has the headers";
    "upload_field_missing" Invalid Operator,
        "没有列对应：{fields_zh}；文件的表头是：{headers}", "no column is mapped to {fields_en}; the headers of the file are: {headers}",
        "为每个字段选择一列；一旦指定，就要写全所有字段", "choose a column for each of them; whoever chooses names all fields";
    "upload_field_unknown" Invalid Operator,
        "没有字段“{field}”", "there is no field `{field}`",
        "可用的字段：{fields}", "one of these: {fields}";
    "upload_column_missing" Invalid Operator,
        "文件里没有列“{header}”（对应 {field}）", "the file has no column “{header}”, which is mapped to {field}",
        "文件的表头是：{headers}。检查表头，或重新对应", "the headers of the file are: {headers}. Look at them, or map the field anew";
    "upload_separator" Invalid Operator,
        "路径分隔符须为 1 至 3 个字符，不含引号和花括号", "what separates the names of a path has 1 to 3 characters, none of them a quote or a brace",
        "例如 /", "for example /";
    "upload_used" Conflict Operator,
        "这个文件已经由运行 {run} 导入", "run {run} has imported this file already",
        "重新上传", "upload it again" => UploadPeople;
    "upload_header_row" Invalid Operator,
        "表头的行号须在 1 与 {most} 之间", "the row of the headers is a number from 1 to {most}",
        "表头之上的内容太多时，先删去", "where more stands above the headers, delete it first";
    "upload_no_mapping" NotFound Operator,
        "没有保存列对应关系的工作流 {workflow}", "there is no workflow {workflow} that keeps a mapping of columns",
        "给出各列对应的字段，或换一个工作流", "say which column is which field, or name another workflow";
    "upload_mapping_kept" Conflict Operator,
        "工作流 {workflow} 保存的导入方式与这次要求的不同，没有导入", "the mapping that the workflow {workflow} keeps is another one than what is asked for; nothing was imported",
        "去掉这个选项，按它保存的方式导入；或换一个编号，保存新的导入方式", "leave that out to import by the mapping as it is kept, or keep a new one under another id";
    "upload_version_other" Conflict Operator,
        "工作流 {workflow} 现在启用的不是版本 {version}，没有导入", "version {version} of the workflow {workflow} is not the active one; nothing was imported",
        "再查看一次变更预览，确认后导入", "look at the plan again, and import then";
    "upload_workflow_taken" Conflict Operator,
        "编号 {workflow} 已被别的工作流使用，或有人手工改过它", "the workflow {workflow} is another one, or somebody changed it by hand",
        "换一个编号；要按它现有的内容导入，就写它的编号、不要给出 columns", "take another id; to import by it as it is, name it and give no columns";
    "workflow_id_wrong" Invalid Operator,
        "“{id}”不能作为工作流编号", "`{id}` cannot be the id of a workflow",
        "用小写字母、数字和下划线，以字母开头，例如 monthly_roster", "small letters, digits and underscores, a letter first: monthly_roster";
    "upload_column_twice" Invalid Operator,
        "列“{header}”同时对应 {other} 和 {field}", "the column “{header}” is mapped to both {other} and {field}",
        "每列只对应一个字段", "map each column to one field";
    "upload_state_wrong" Invalid Operator,
        "状态“{word}”不能解释为“{meaning}”", "the state “{word}” cannot mean `{meaning}`",
        "可用：active（在职）、disabled（禁用）、left（离职）", "one of active, disabled, left";
    "upload_paths_joined" Invalid Operator,
        "有的行写了多个部门，不能同时按路径新建部门", "some rows name several departments, which cannot be made from their paths",
        "先建好部门再导入，或每行只写一个部门", "make the departments first, or name one in each row";
    "upload_zeros_lost" Configuration Hr,
        "工号 {key} 可能丢失了开头的零：以前是 {before}", "the employee number {key} may have lost zeros: it was {before} before",
        "把该列设为文本后重新填写；照现在的样子会当作另一个人，所以不导入", "make the column text and enter it again; as it is, it would count as somebody else, so nothing is imported";
    "upload_not_run" Configuration Operator,
        "工作流 {workflow} 读取上传的文件，不能直接运行", "the workflow {workflow} reads a file that is uploaded, and is not run by itself",
        "在“导入人员”中上传文件，并选用这个工作流保存的对应关系", "upload a file to import people, and choose the mapping that this workflow keeps" => UploadPeople;
    "upload_numbers" Configuration Hr,
        "工号列有 {number} 个单元格是数字而不是文本（第 {rows} 行），开头的零（如 0013）已经丢失", "{number|1 employee number is a number|# employee numbers are numbers} and no text in Excel (row {rows}): zeros before it, as in 0013, are gone",
        "若工号没有开头的零，可忽略；否则把该列设为文本后重新填写", "if no employee number begins with a zero, ignore this; else make the column text, and enter them again";
    "upload_number" Configuration Hr,
        "工号 {key} 在 Excel 中是数字，开头的零可能已经丢失", "the employee number {key} is a number in Excel: zeros before it may be gone",
        "工号没有开头的零时可忽略；否则设为文本后重新填写，不然下次会当作另一个人", "if it has none, ignore this; else make the cell text and enter it again, or the next file counts as somebody else";
    "upload_value_twice" Conflict Hr,
        "与第 {row} 行（{name}）的值相同，只有一行能写入", "row {row} ({name}) has the same value, and only one of them is written",
        "改正其中一行", "correct one of them";
    "upload_no_contact" Invalid Hr,
        "没有手机和邮箱：目录会导入，企业微信等要求其一的系统不能新建此人", "neither mobile nor e-mail: the directory takes the person, and systems that need one of them, such as WeCom, cannot make them",
        "填写手机或邮箱", "enter a mobile number or an e-mail address";
    "upload_wide" Configuration Hr,
        "有 {number} 行在表头右边还有内容，没有读取", "{number|1 row has|# rows have} something right of the last header; it is not read",
        "给这些列加上表头，或删去", "give these columns headers, or delete them";
    "upload_merged" Configuration Hr,
        "有 {number} 处合并单元格，只有左上角的一格有值，其余按空值读取", "{number|1 range of cells is|# ranges of cells are} merged; only the first cell of a range has the value, the others are read as empty",
        "取消合并并填满每一行", "undo the merging and fill each row";
    "language_unknown" Invalid Operator,
        "没有语言“{word}”", "there is no language `{word}`",
        "可用：zh、en", "one of zh, en";
    "upload_formulas" Configuration Hr,
        "有 {number} 个单元格是公式，读取的是上次保存的计算结果", "{number|1 cell has a formula|# cells have formulas}; what was computed when the file was saved is read",
        "确认保存前已重新计算", "make sure that it was computed before it was saved";
    "upload_hidden_sheets" Configuration Hr,
        "有 {number} 个隐藏的工作表", "{number|1 sheet is|# sheets are} hidden",
        "确认选择了正确的工作表", "make sure that the right sheet is chosen";
    "directory_empty" Configuration ItAdmin,
        "目录里还没有人员", "there is nobody in the directory yet",
        "先导入目录", "fill the directory first";
    "folder_not_absolute" Invalid Operator,
        "“{folder}”不是绝对路径", "`{folder}` is not an absolute path",
        "写出完整的路径", "give the whole path";
    "folder_missing" NotFound Operator,
        "没有目录 {folder}", "there is no folder {folder}",
        "给出含有 departments.csv 和 users.csv 的目录", "give a folder with departments.csv and users.csv";
    "folder_not_readable" Configuration Operator,
        "{folder} 无法读取：没有权限", "{folder} cannot be read: permission denied",
        "让运行 idflow 的用户能读取这个目录和其中的文件", "let the user that idflow runs as read the folder and its files";
    "import_file_missing" NotFound Operator,
        "{folder} 里没有 {file}", "{folder} has no {file}",
        "导入同时需要 departments.csv 和 users.csv：两者合起来是完整的状态；只有一份人员名单时，上传这个文件即可", "an import needs both departments.csv and users.csv: they are a full state. One list of people alone is uploaded as a file";
};
