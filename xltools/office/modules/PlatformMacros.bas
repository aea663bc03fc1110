Attribute VB_Name = "PlatformMacros"
' One macro for all buttons. A button is called xt_1, xt_2 and so on; the verb that it stands for is in that cell of the
' named range xt_verbs, a formula of the phase. So this text stays what it is whatever buttons there will be.
Option Explicit

Private Const LETTERS As String = "abcdefghijklmnopqrstuvwxyz_"
Private Const LONGEST As Long = 40

Sub Press()
    Dim Verb As String
    Verb = VerbOf(CStr(Application.Caller))
    If Verb <> "" Then RunVerb Verb
End Sub

Private Function VerbOf(ByVal Button As String) As String
    ' "" where the button has no verb in this phase, or something else than a verb stands there
    Dim Said As String
    Dim Place As Long
    On Error GoTo Nothing_
    If Left$(Button, 3) <> "xt_" Then Exit Function
    Said = CStr(ThisWorkbook.Names("xt_verbs").RefersToRange.Cells(CLng(Mid$(Button, 4)), 1).Value)
    If Len(Said) > LONGEST Then Exit Function
    For Place = 1 To Len(Said)
        If InStr(1, LETTERS, Mid$(Said, Place, 1), vbBinaryCompare) = 0 Then Exit Function
    Next Place
    VerbOf = Said
Nothing_:
End Function
