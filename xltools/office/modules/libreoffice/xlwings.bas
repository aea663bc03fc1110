Attribute VB_Name = "xlwings"
'Stands in for the official module "xlwings" where LibreOffice opens the workbook: RunVerb and CallPyUdf
'lead to the Python inside LibreOffice (script xltools_bridge.py in the user's profile).
'ASCII only, no #If and no Declare: LibreOffice compiles both branches of the one and stumbles over the other.

Public Sub RunVerb(Verb As String)
    Dim Said As Variant
    On Error GoTo Failed
    Said = CallBridge("press", Array(ThisComponent, Verb))
    If Said <> "" Then TellStatus CStr(Said)
    Exit Sub
Failed:
    TellStatus NotInstalled()
End Sub

Public Function CallPyUdf(ModuleName As String, FunctionName As String, Args As Variant) As Variant
    On Error GoTo Failed
    CallPyUdf = CallBridge("call", Array(ThisComponent, ModuleName, FunctionName, Args))
    Exit Function
Failed:
    CallPyUdf = NotInstalled()
End Function

'Opening the workbook: from now on what LibreOffice breaks when it saves is mended.
Sub Auto_Open()
    Dim Done As Variant
    On Error Resume Next
    Done = CallBridge("opened", Array(ThisComponent))
End Sub

Private Function CallBridge(What As String, Args As Variant) As Variant
    Dim Script As Object, Places(), Results()
    Set Script = ThisComponent.getScriptProvider().getScript( _
        "vnd.sun.star.script:xltools_bridge.py$" & What & "?language=Python&location=user")
    CallBridge = Script.invoke(Args, Places, Results)
End Function

Private Sub TellStatus(Text As String)
    'the named cell of the status line, else a message
    Dim Names As Object
    Set Names = ThisComponent.NamedRanges
    If Names.hasByName(Zh("72B6 6001 680F")) Then
        Names.getByName(Zh("72B6 6001 680F")).getReferredCells().getCellByPosition(0, 0).setString(Text)
    Else
        MsgBox Text
    End If
End Sub

Private Function NotInstalled() As String
    'not there yet: double-click Install, or run the command
    NotInstalled = Zh("9519 8BEF FF1A") & "LibreOffice " & Zh("91CC 8FD8 6CA1 6709 7EDF 4FDD 5E73 53F0 5DE5 5177 7BB1 3002 8BF7 53CC 51FB 201C 5B89 88C5 201D FF1B 6CA1 6709 8FD9 4E2A 6587 4EF6 7684 FF0C 5728 88C5 6709") _
        & " xltools " & Zh("7684 73AF 5883 91CC 8FD0 884C") & " python -m xltools.office.libreoffice.install --trust " _
        & Zh("6587 4EF6 5939 FF08 672C 5DE5 4F5C 7C3F 6240 5728 7684 FF09 FF0C 518D 91CD 65B0 6253 5F00") & " LibreOffice"
End Function

Private Function Zh(Codes As String) As String
    'the characters of these code points
    Dim Code As Variant, Text As String
    For Each Code In Split(Trim(Codes), " ")
        Text = Text & ChrW(CLng("&H" & Code))
    Next
    Zh = Text
End Function
