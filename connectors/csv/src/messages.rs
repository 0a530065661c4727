//! The words of every problem of this connector. Codes about people and departments are shared with other sources.

use idflow_sdk::Message;

/// All messages.
#[rustfmt::skip]
pub static MESSAGES: &[Message] = idflow_sdk::messages! {
    // The step.
    "csv_parameter" Configuration ItAdmin,
        "步骤的参数 {parameter} 写法不对：{entry}",
        "the parameter {parameter} of the step is not written as it must be: {entry}",
        "对照参数说明改正工作流",
        "correct the workflow; the reference of csv/read tells the form of each parameter";
    "csv_parameter_missing" Configuration ItAdmin,
        "步骤缺少参数 {parameter}",
        "the step lacks the parameter {parameter}",
        "在步骤的 with 下补上 {parameter}",
        "add {parameter} under `with` of the step";
    "csv_parameter_clash" Configuration ItAdmin,
        "列 {column} 不能同时出现在 {parameter} 和 {other} 中",
        "the column {column} cannot be both in {parameter} and in {other}",
        "从其中一个参数中去掉 {column}",
        "take {column} out of one of the two";
    "csv_unknown_column" Configuration ItAdmin,
        "参数 {parameter} 提到的列 {column} 不在 columns 中",
        "the parameter {parameter} names the column {column}, which is not in `columns`",
        "在 columns 中加上 {column}，或改正名称",
        "add {column} to `columns` or correct the name";
    "csv_column_name" Configuration ItAdmin,
        "列名 {column} 不可用",
        "{column} cannot be the name of a column",
        "名称以字母开头，只含字母、数字和下划线，最多 64 个字符；表头文字写在冒号后面",
        "begin with a letter and use letters, digits and _ only, at most 64; the header as it stands in the file comes after the colon";
    "csv_flags_without_list" Configuration ItAdmin,
        "flags 中的列 {column} 不是多值列",
        "the column {column} under `flags` is not a list",
        "在 lists 中为 {column} 写上分隔符",
        "give {column} a separator under `lists`";
    "csv_too_many_columns" Configuration ItAdmin,
        "columns 超过 {limit} 列",
        "`columns` names more than {limit} columns",
        "只写需要读取的列",
        "name only the columns that are needed";
    "csv_read_only" Configuration ItAdmin,
        "CSV 文件只能读取，不能写入",
        "CSV files are read, never written",
        "把 CSV 作为来源，另选一个目标",
        "use the file as a source and choose another target";

    // The file as a whole.
    "folder_not_found" Configuration ItAdmin,
        "文件夹 {folder} 不存在",
        "there is no folder {folder}",
        "创建文件夹，或在账号连接中改正路径",
        "create it, or correct the folder of the connection";
    "folder_is_file" Configuration ItAdmin,
        "{folder} 是文件，不是文件夹",
        "{folder} is a file, not a folder",
        "在账号连接中填写文件所在的文件夹",
        "name the folder that holds the files in the connection";
    "file_not_found" NotFound Hr,
        "文件 {file} 不存在",
        "there is no file {file}",
        "确认文件已经上传，路径和文件名与步骤一致",
        "see whether the file was delivered and is named as in the step";
    "file_is_folder" Configuration ItAdmin,
        "{file} 是文件夹，不是文件",
        "{file} is a folder, not a file",
        "在步骤的 path 中写上文件名",
        "add the name of the file to `path`";
    "file_not_allowed" Configuration Operator,
        "没有读取 {file} 的权限",
        "{file} may not be read",
        "给运行 idflow 的账户读取权限",
        "allow the account that runs idflow to read it";
    "file_unreadable" Temporary Operator,
        "读取 {file} 失败：{reason}",
        "{file} cannot be read: {reason}",
        "检查磁盘或网络共享后重试",
        "check the disk or the network share, then run again";
    "read_interrupted" Temporary Operator,
        "读取中断",
        "the read was interrupted",
        "重新运行",
        "run again";
    "file_empty" Invalid Hr,
        "文件 {file} 是空的",
        "{file} is empty",
        "重新导出文件；第一行应为表头",
        "export the file again; its first line is the header";
    "file_truncated" Invalid Hr,
        "文件 {file} 不完整：从第 {line} 行开始的记录没有结尾",
        "{file} is cut short: the record that begins on line {line} has no end",
        "重新上传完整的文件，并检查这一行是否缺少右引号；本次不会删除或禁用任何对象",
        "deliver the whole file again and look for a missing closing quote in that line; nothing is removed meanwhile";
    "line_end_missing" Invalid Hr,
        "文件 {file} 的最后一行（第 {line} 行）没有换行符，而上次有：文件可能被截断",
        "the last line of {file} (line {line}) has no line end, and the file had one the last time: it may be cut short",
        "重新上传完整的文件；如果文件是完整的，在最后一行后加一个换行。本次不使用这一行，也不会删除或禁用任何对象",
        "deliver the whole file again; if it is whole, end its last line with a line break. That line is not used, and nothing is removed meanwhile";
    "file_changed" Invalid Hr,
        "读取期间文件 {file} 被改写",
        "{file} was written to while it was read",
        "等上传结束后再运行；先传到临时文件名，传完再改名。本次不会删除或禁用任何对象",
        "run again when the upload is over; upload under another name and rename at the end. Nothing is removed meanwhile";
    "not_csv" Invalid Hr,
        "{file} 不是 CSV 文件，看起来是 {found}",
        "{file} is no CSV file; it looks like {found}",
        "在表格软件中另存为 “CSV UTF-8（逗号分隔）” 后重新上传",
        "save it as \"CSV UTF-8 (comma delimited)\" in the spreadsheet and deliver it again";
    "header_missing_column" Invalid Hr,
        "文件 {file} 的表头缺少列：{columns}；现有列：{found}",
        "the header of {file} lacks {columns}; it has {found}",
        "补上这些列，或在步骤的 columns 中写上文件所用的表头",
        "add these columns, or add the headers that the file uses to `columns` of the step";
    "header_duplicate_column" Invalid Hr,
        "文件 {file} 的表头中 {column} 出现多次",
        "the header of {file} has {column} more than once",
        "改名或删除多余的列",
        "rename or delete the surplus column";
    "status_column_unread" Invalid Hr,
        "文件 {file} 的列“{header}”像是在职状态，但没有读取；不读它，离职和停用的人会被当作在职。可用的表头：{columns}",
        "the column {header} of {file} looks like a status and is not read; without it, whoever left or is disabled counts as active. Known headers: {columns}",
        "把表头改成可用的名称；这一列与在职状态无关时，请换一个表头",
        "rename the header to a known one; if the column is about something else, give it another name";
    "columns_unread" Invalid Hr,
        "文件 {file} 中没有读取、但很像已知列的列：{columns}",
        "columns of {file} that are not read although they look like known ones: {columns}",
        "如果就是这一列，请把表头改成括号里的名称",
        "if that is what they are, rename the header to one of those in brackets";
    "status_unread" Invalid Hr,
        "文件 {file} 的列 {columns} 看起来说明此人是否在职，但没有读取：它不改变任何人的状态，新来的人也不按它判断",
        "{columns} of {file} looks as if it told who is still there, and is not read: it changes nobody's state, and whoever is new is not judged by it",
        "如果要用，请把这一列对应到状态（status）",
        "where it is meant, let it be read as `status`";
    "words_for_none" Invalid Hr,
        "文件 {file} 的列 {column} 有 {count} 格写的是“没有”的意思（{words}），按空白处理",
        "in {file}, {count|1 cell|# cells} of {column} {count|says|say} that there is none ({words}); {count|it was|they were} read as blank",
        "没有值的格子留空即可",
        "leave cells without a value blank";
    "encoding_invalid_bytes" Invalid Hr,
        "{at} 含有无法按文件编码识别的字节",
        "{at} holds bytes that are no text in the encoding of the file",
        "重新导出为 “CSV UTF-8”；如果整个文件都是另一种编码，也可以在步骤中指定 encoding",
        "export the file again as \"CSV UTF-8\"; if all of it is in another encoding, you can also set `encoding` in the step";

    // Told once.
    "encoding_guessed" Invalid Hr,
        "文件 {file} 没有声明编码，按 {encoding} 读取",
        "{file} does not tell its encoding; it was read as {encoding}",
        "如果文字显示不正确，请另存为 “CSV UTF-8”，或在步骤中指定 encoding",
        "if names look wrong, save the file as \"CSV UTF-8\", or set `encoding` in the step";
    "encoding_differs" Invalid Hr,
        "文件 {file} 声明的编码是 {encoding}，不是步骤指定的 {declared}；已按 {encoding} 读取",
        "{file} says that it is {encoding}, not {declared} as the step says; it was read as {encoding}",
        "改正步骤中的 encoding，或设为 auto",
        "correct `encoding` of the step, or set it to auto";
    "separator_guessed" Invalid Hr,
        "文件 {file} 的列以 {separator} 分隔，不是逗号",
        "{file} separates its columns by {separator}, not by commas",
        "如果列对应不正确，请导出为逗号分隔的文件",
        "if columns look wrong, export the file with commas";
    "columns_ignored" Invalid Hr,
        "文件 {file} 中没有用到的列：{columns}",
        "columns of {file} that nothing is read from: {columns}",
        "如果需要这些列，请写进步骤的 columns",
        "if they are needed, add them to `columns` of the step";

    // One row.
    "row_shape" Invalid Hr,
        "列数不对：应有 {expected} 列，实际 {found} 列",
        "the row does not fit the header: {found} fields instead of {expected}",
        "补齐或删去逗号；含逗号的内容要放在双引号中",
        "add or remove commas; a value with a comma goes between double quotes";
    "row_too_long" Invalid Hr,
        "{at} 的内容过长：一行或其中一项超过了能读取的长度",
        "{at} is too long: the row, or one value of it, holds more than can be read",
        "缩短该内容；也可能是缺少右双引号，把后面的行连在了一起",
        "shorten the value; a double quote that is not closed may also have joined the rows after it";
    "row_quotes" Invalid Hr,
        "{at} 的双引号不成对，可能吞掉了后面的行",
        "the double quotes of {at} do not match; the row may have swallowed those after it",
        "把内容中的双引号写成两个，并补上缺少的右引号；跨行的情况下本次不会删除或禁用任何对象",
        "double a quote inside a value and close the one that is open; where several lines are affected nothing is removed meanwhile";
    "external_id_missing" Invalid Hr,
        "{at} 的列 {column}（人员的唯一标识）为空或无法识别",
        "{at} has no readable id of the person in the column {column}",
        "补上标识；在此之前不会删除或禁用任何对象",
        "add the id; until then nothing is removed";
    "external_id_duplicate" Invalid Hr,
        "列 {column} 的标识 {key} 已在第 {line} 行出现",
        "the id {key} in the column {column} is taken by line {line} already",
        "删除重复的行，或改正标识",
        "delete the repeated row or correct the id";
    "dept_id_missing" Invalid Hr,
        "{at} 的列 {column}（部门标识）为空或无法识别",
        "{at} has no readable department id in the column {column}",
        "补上部门标识；在此之前不会删除任何对象",
        "add the id; until then nothing is removed";
    "dept_id_duplicate" Invalid Hr,
        "列 {column} 的部门标识 {key} 已在第 {line} 行出现",
        "the department id {key} in the column {column} is taken by line {line} already",
        "删除重复的行，或改正部门标识",
        "delete the repeated row or correct the id";
    "key_too_long" Invalid Hr,
        "{at} 的列 {column} 超过 {limit} 个字符，不是标识",
        "{at} has more than {limit} characters in the column {column}, which is not an id",
        "改正标识；在此之前不会删除任何对象",
        "correct the id; until then nothing is removed";
    "value_missing" Invalid Hr,
        "缺少 {column}",
        "there is no {column}",
        "补上 {column}",
        "add the {column}";
    "enabled_invalid" Invalid Hr,
        "无法识别状态 {word}；可用：{allowed}",
        "the status {word} is not known; known are {allowed}",
        "改成可用的词；用自己的工作流导入时，也可以在步骤的 words 中加上这个词",
        "use a known word; with a workflow of your own, you can also add this one to `words` of the step";
    "word_unknown" Invalid Hr,
        "列 {column} 的值 {word} 无法识别；可用：{allowed}",
        "the value {word} of the column {column} is not known; known are {allowed}",
        "改成可用的词，或在步骤的 words 中加上这个词",
        "use a known word, or add this one to `words` of the step";

    "main_department_not_listed" Invalid Hr,
        "主部门 {main} 不在此人的部门（{departments}）里，不知道以哪个为准",
        "the main department {main} is none of the person's departments ({departments}), and nobody knows which of them is right",
        "更正主部门，或把它加到此人的部门里；留空则取第一个部门",
        "correct the main department or add it to the person's departments; left blank, it is the first one";
    "flags_number" Invalid Hr,
        "列 {column} 有 {found} 个标记，部门有 {expected} 个，不知道哪个标记属于哪个部门",
        "{column} has {found|1 flag|# flags} for {expected|1 department|# departments}, and nobody knows which flag belongs to which",
        "每个部门按相同顺序写一个 1 或 0，并用相同的分隔符",
        "write one 1 or 0 for each department, in the same order and with the same separator";

    // Repairs that lose something.
    "excel_mangled" Invalid Hr,
        "列 {column} 的值 {value} 被表格软件改坏，原值无法恢复",
        "a spreadsheet changed the value of {column} to {value}; what it was is lost",
        "在表格软件里把这一列设为“文本”格式，填回原来的值，再重新导出",
        "format the column as text in the spreadsheet, put the values back and export the file again";
    "flag_invalid" Invalid Hr,
        "列 {column} 的标记 {value} 不是与部门一一对应的 1 或 0，已按 0 处理",
        "the flag {value} in {column} is not 1 or 0 for a department at the same place; it was taken as 0",
        "与部门按相同顺序填写 1 或 0，并用相同的分隔符",
        "write 1 or 0 for each department, in the same order and with the same separator";
};

/// Checks that a problem is in the table and fills every placeholder of its texts.
#[cfg(test)]
pub(crate) fn assert_worded(problem: &idflow_sdk::Problem) {
    let Some(message) =
        MESSAGES.iter().chain(idflow_sdk::shared::MESSAGES).find(|message| message.code == problem.code)
    else {
        panic!("{} has no words", problem.code);
    };
    for text in [message.reason, message.hint].into_iter().flat_map(|text| [text.zh, text.en]) {
        let filled = problem.fill(text);
        assert!(!filled.contains(['{', '}']), "{}: {filled}", problem.code);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::MESSAGES;

    #[test]
    fn codes_occur_once_and_both_languages_use_the_same_placeholders() {
        let names = |text: &str| -> BTreeSet<String> {
            // A counted word (`{count|1 cell|# cells}`) takes the value of `count` in another form.
            text.split('{')
                .skip(1)
                .filter_map(|rest| rest.split('}').next()?.split(['|', '?']).next())
                .map(str::to_string)
                .collect()
        };
        let mut codes = BTreeSet::new();
        for message in MESSAGES {
            assert!(codes.insert(message.code), "{} occurs twice", message.code);
            assert_eq!(names(message.reason.zh), names(message.reason.en), "{}", message.code);
            assert_eq!(names(message.hint.zh), names(message.hint.en), "{}", message.code);
            for text in [message.reason.zh, message.reason.en, message.hint.zh, message.hint.en] {
                assert!(!text.trim().is_empty(), "{}", message.code);
            }
        }
    }
}
